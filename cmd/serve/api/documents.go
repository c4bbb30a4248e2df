package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db/data"
	"latchkey/perms"
)

// requestType is what a request does to documents, once it is known to which.
type requestType struct {
	endpoint perms.Endpoint
	method   string
}

var documentRequests = map[requestType]func(*server, *call) (answer, error){
	{perms.Collection, http.MethodGet}:    (*server).listDocuments,
	{perms.Collection, http.MethodPost}:   (*server).createDocument,
	{perms.Collection, http.MethodDelete}: (*server).deleteDocuments,
	{perms.Count, http.MethodGet}:         (*server).countDocuments,
	{perms.Item, http.MethodGet}:          (*server).getDocument,
	{perms.Item, http.MethodPut}:          (*server).updateDocument,
	{perms.Item, http.MethodDelete}:       (*server).deleteDocument,
	{perms.Single, http.MethodGet}:        (*server).getSingle,
	{perms.Single, http.MethodPut}:        (*server).updateSingle,
}

// documents answers for a resource whose documents latchkey keeps.
func (s *server) documents(c *call) (answer, error) {
	request := c.route.Request
	act, known := documentRequests[requestType{request.Endpoint, request.Method}]
	if !known {
		return answer{}, fmt.Errorf("resource %s has the unknown request type %s of %s",
			c.route.Resource.Name, request.Method, request.Endpoint)
	}
	return act(s, c)
}

// collection is the set of documents that the path names. Without a parent's id below a sub-resource it is that of
// all parents, which older clients read.
func (c *call) collection() data.Collection {
	resource := c.route.Resource
	return data.Collection{Resource: resource.Name, ParentResource: resource.Parent, Parent: c.route.ParentID}
}

// listDocuments reads the state before the documents: a change in between can only make the state too old for what is
// shown with it, and the client ask once more than needed.
func (s *server) listDocuments(c *call) (answer, error) {
	query, err := c.selection()
	if err != nil {
		return answer{}, err
	}
	state, err := s.stateFor(c, query.Where)
	if err != nil {
		return answer{}, documentsError(err)
	}
	return c.read(state, func() (answer, error) {
		var reply answer
		err := s.query(c, func(ctx context.Context) error {
			list, err := s.Data.List(ctx, c.collection(), query)
			reply = documentsAnswer(list)
			return err
		})
		return reply, err
	})
}

// stateFor finds the state to judge preconditions by. They count only where the request is right without them (RFC 9110,
// section 13.2.1), so the filters are looked at here.
func (s *server) stateFor(c *call, where []data.Condition) (data.State, error) {
	if err := data.CheckConditions(where); err != nil {
		return data.State{}, err
	}
	return s.Data.State(c.request.Context(), c.collection())
}

func documentsAnswer(list []data.Document) answer {
	if len(list) == 0 {
		return noContent
	}
	size := 0
	for _, document := range list {
		size += len(document.Body) + frameSize
	}
	body := make([]byte, 0, size)
	for i, document := range list {
		body = append(body, "[,"[min(i, 1)])
		body = appendDocument(body, document)
	}
	return answer{status: http.StatusOK, body: append(body, "]\n"...)}
}

func (s *server) countDocuments(c *call) (answer, error) {
	where, err := c.filters()
	if err != nil {
		return answer{}, err
	}
	state, err := s.stateFor(c, where)
	if err != nil {
		return answer{}, documentsError(err)
	}
	return c.read(state, func() (answer, error) {
		var found wire.Count
		err := s.query(c, func(ctx context.Context) (err error) {
			found.Count, err = s.Data.Count(ctx, c.collection(), where)
			return err
		})
		if err != nil {
			return answer{}, err
		}
		return jsonAnswer(found)
	})
}

func (s *server) createDocument(c *call) (answer, error) {
	fields, err := readFields(c.request)
	if err != nil {
		return answer{}, err
	}
	if fields == nil {
		return answer{}, badBody("the body is empty: send a JSON object")
	}
	if err := s.resize(c, weight(sizeOf(fields), c.wanted), false); err != nil {
		return answer{}, err
	}
	document, err := s.Data.Create(c.request.Context(), c.collection(), fields, c.precondition())
	if err != nil {
		return answer{}, documentsError(err)
	}
	reply := documentAnswer(http.StatusCreated, document)
	// Without scheme and host: the client knows how it got here, and its Host field need not be believed.
	reply.header = map[string]string{"Location": c.itemPath(document.ID)}
	return c.withState(reply, document.State()), nil
}

// sizeOf is about how many bytes a document of these fields has.
func sizeOf(fields data.Fields) int {
	size := frameSize
	for name, value := range fields {
		size += len(name) + len(value)
	}
	return size
}

// itemPath is the path of a document, whatever the spelling in which it was asked for.
func (c *call) itemPath(id int64) string {
	path := strings.Replace(c.route.Resource.Path, "{id}", strconv.FormatInt(c.route.ParentID, 10), 1)
	return path + "/" + strconv.FormatInt(id, 10)
}

func (s *server) getDocument(c *call) (answer, error) {
	document, err := s.Data.Get(c.request.Context(), c.collection(), c.route.ID)
	if err != nil {
		return answer{}, documentsError(err)
	}
	return c.read(document.State(), func() (answer, error) { return documentAnswer(http.StatusOK, document), nil })
}

func (s *server) updateDocument(c *call) (answer, error) {
	fields, err := readFields(c.request)
	if err != nil {
		return answer{}, err
	}
	document, err := s.Data.Update(c.request.Context(), c.collection(), c.route.ID, fields, s.withRoom(c, c.precondition()))
	if err != nil {
		return answer{}, documentsError(err)
	}
	return c.withState(documentAnswer(http.StatusOK, document), document.State()), nil
}

func (s *server) deleteDocument(c *call) (answer, error) {
	if err := s.Data.Delete(c.request.Context(), c.collection(), c.route.ID, c.precondition()); err != nil {
		return answer{}, documentsError(err)
	}
	return noContent, nil
}

func (s *server) deleteDocuments(c *call) (answer, error) {
	where, err := c.filters()
	if err != nil {
		return answer{}, err
	}
	err = s.query(c, func(ctx context.Context) error {
		return s.Data.DeleteAll(ctx, c.collection(), where, c.precondition())
	})
	return noContent, err
}

// documentsError marks an error of the data file, which is trouble unless the client's own words are the cause or the
// table of errors knows it better.
func documentsError(err error) error {
	var wrong *data.ConditionError
	if errors.As(err, &wrong) {
		return badParameter(string(wrong.Condition.Operator)+wrong.Condition.Field, wrong.Problem)
	}
	var unsortable *data.SortError
	if errors.As(err, &unsortable) {
		return badParameter("sort", "names a field that is not known here: use one of "+strings.Join(unsortable.Known, ", "))
	}
	if errors.Is(err, data.ErrName) {
		return badBody(data.ErrName.Error())
	}
	return fmt.Errorf("%w: %w", errDocuments, err)
}

func documentAnswer(status int, document data.Document) answer {
	return answer{status: status, body: append(appendDocument(nil, document), '\n')}
}

// frameSize is how many bytes [appendDocument] adds to a body, at most.
const frameSize = 150

// appendDocument appends a document as clients see it: its own fields between the server's. They cannot collide,
// since [readFields] refuses the server's. The body is copied as it is: it was valid JSON when it was stored, and
// decoding it to encode it again would be most of the work of a list.
func appendDocument(to []byte, document data.Document) []byte {
	to = append(to, `{"id":`...)
	to = strconv.AppendInt(to, document.ID, 10)
	if members := document.Body[1 : len(document.Body)-1]; len(members) > 0 {
		to = append(append(to, ','), members...)
	}
	to = append(to, `,"date_created":"`...)
	to = document.CreatedAt.AppendFormat(to, time.RFC1123Z)
	to = append(to, `","date_modified":"`...)
	to = document.UpdatedAt.AppendFormat(to, time.RFC1123Z)
	return append(to, `"}`...)
}
