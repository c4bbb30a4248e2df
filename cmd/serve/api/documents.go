package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

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

func (s *server) listDocuments(c *call) (answer, error) {
	page, limit, err := readPage(c.query)
	if err != nil {
		return answer{}, err
	}
	list, err := s.Data.List(c.request.Context(), c.collection(), data.Query{Page: page, Limit: limit})
	if err != nil {
		return answer{}, documentsError(err)
	}
	if len(list) == 0 {
		return noContent, nil
	}
	var body []byte
	for i, document := range list {
		body = append(body, "[,"[min(i, 1)])
		body = appendDocument(body, document)
	}
	return answer{status: http.StatusOK, body: append(body, "]\n"...)}, nil
}

func (s *server) countDocuments(c *call) (answer, error) {
	count, err := s.Data.Count(c.request.Context(), c.collection(), nil)
	if err != nil {
		return answer{}, documentsError(err)
	}
	return jsonAnswer(struct {
		Count int64 `json:"count"`
	}{count})
}

func (s *server) createDocument(c *call) (answer, error) {
	fields, err := readFields(c.request)
	if err != nil {
		return answer{}, err
	}
	if fields == nil {
		return answer{}, badBody("the body is empty: send a JSON object")
	}
	document, err := s.Data.Create(c.request.Context(), c.collection(), fields, nil)
	if err != nil {
		return answer{}, documentsError(err)
	}
	reply := documentAnswer(http.StatusCreated, document)
	// Without scheme and host: the client knows how it got here, and its Host field need not be believed.
	reply.header = map[string]string{"Location": c.itemPath(document.ID)}
	return reply, nil
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
	return documentAnswer(http.StatusOK, document), nil
}

func (s *server) updateDocument(c *call) (answer, error) {
	fields, err := readFields(c.request)
	if err != nil {
		return answer{}, err
	}
	document, err := s.Data.Update(c.request.Context(), c.collection(), c.route.ID, fields, nil)
	if err != nil {
		return answer{}, documentsError(err)
	}
	return documentAnswer(http.StatusOK, document), nil
}

func (s *server) deleteDocument(c *call) (answer, error) {
	if err := s.Data.Delete(c.request.Context(), c.collection(), c.route.ID, nil); err != nil {
		return answer{}, documentsError(err)
	}
	return noContent, nil
}

func (s *server) deleteDocuments(c *call) (answer, error) {
	if err := s.Data.DeleteAll(c.request.Context(), c.collection(), nil, nil); err != nil {
		return answer{}, documentsError(err)
	}
	return noContent, nil
}

// documentsError marks an error of the data file, which is trouble unless the table of errors knows it better.
func documentsError(err error) error { return fmt.Errorf("%w: %w", errDocuments, err) }

func documentAnswer(status int, document data.Document) answer {
	return answer{status: status, body: append(appendDocument(nil, document), '\n')}
}

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
