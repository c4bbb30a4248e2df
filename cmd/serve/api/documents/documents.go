// Package documents serves the resources whose documents latchkey stores: collections and single documents. Numbers such as
// H11 are requirements: see docs/requirements.md.
package documents

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"latchkey/cmd/serve/api/call"
	"latchkey/db/data"
	"latchkey/perms"
)

// Documents serves documents of the data file. It is safe for concurrent use.
type Documents struct {
	Data *data.Data
	// Reserve counts the bytes of a response before it is made. Its error is the response if there is no room.
	Reserve func(c *call.Call, size int) error
	Queries *QueryLimiter
	URL     string // where the server says that it is
	Quotas  Quotas
}

// requestType is what a request does, without the resource that it is for.
type requestType struct {
	endpoint perms.Endpoint
	method   string
}

var handlers = map[requestType]func(*Documents, *call.Call) (call.Response, error){
	{perms.Collection, http.MethodGet}:    (*Documents).list,
	{perms.Collection, http.MethodPost}:   (*Documents).create,
	{perms.Collection, http.MethodDelete}: (*Documents).deleteAll,
	{perms.Count, http.MethodGet}:         (*Documents).count,
	{perms.Item, http.MethodGet}:          (*Documents).get,
	{perms.Item, http.MethodPut}:          (*Documents).update,
	{perms.Item, http.MethodDelete}:       (*Documents).delete,
	{perms.Single, http.MethodGet}:        (*Documents).getSingle,
	{perms.Single, http.MethodPut}:        (*Documents).updateSingle,
}

// Serve responds to a request for the documents of a resource.
func (d *Documents) Serve(c *call.Call) (call.Response, error) {
	request := c.Route.Request
	handle, known := handlers[requestType{request.Endpoint, request.Method}]
	if !known {
		return call.Response{}, fmt.Errorf("resource %s has the unknown request type %s of %s",
			c.Route.Resource.Name, request.Method, request.Endpoint)
	}
	return handle(d.confirmed(c), c)
}

// confirmed is for one request: it decides on the request again when a change is made and only has to be committed (H11). The
// user database is another file, so that a revocation can still be saved during that commit. A change is held against quotas.
func (d *Documents) confirmed(c *call.Call) *Documents {
	confirmed := *d
	confirmed.Data = data.Confirmed(d.Data, c.DecideAgain).By(d.account(c))
	return &confirmed
}

// collection is the set of documents that the path names. The path of a sub-resource without the id of a parent names the
// documents of all parents, which older clients read.
func collection(c *call.Call) data.Collection {
	resource := c.Route.Resource
	return data.Collection{Resource: resource.Name, ParentResource: resource.Parent, Parent: c.Route.ParentID,
		ParentField: resource.ParentField()}
}

// collectionOf is the collection of the item that the path names, with the parent that a path of older clients leaves out:
// a change needs it, and it never changes.
func (d *Documents) collectionOf(c *call.Call) (data.Collection, error) {
	of := collection(c)
	if of.ParentResource == "" || of.Parent != 0 {
		return of, nil
	}
	document, err := d.Data.Get(c.Request.Context(), of, c.Route.ID)
	of.Parent = document.Parent
	return of, err
}

// list reads the state before the documents. If there is a change in between, the state is older than the
// documents that are sent with it, and the client only asks once more than needed.
func (d *Documents) list(c *call.Call) (call.Response, error) {
	query, err := c.ListQuery()
	if err != nil {
		return call.Response{}, err
	}
	state, err := d.stateFor(c, query.Where)
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	return c.Conditional(state, func() (call.Response, error) {
		var response call.Response
		err := d.query(c, func(ctx context.Context) error {
			list, err := d.Data.List(ctx, collection(c), query)
			response = documentsResponse(shownTo(c), list)
			return err
		})
		return response, err
	})
}

// stateFor reads the state for checking preconditions. They count only if the request is valid without them (RFC 9110,
// section 13.2.1), so the filters are checked first.
func (d *Documents) stateFor(c *call.Call, where []data.Condition) (data.State, error) {
	if err := data.CheckConditions(collection(c), where); err != nil {
		return data.State{}, err
	}
	return d.Data.State(c.Request.Context(), collection(c))
}

func documentsResponse(shows shown, list []data.Document) call.Response {
	if len(list) == 0 {
		return call.NoContent
	}
	size := 0
	for _, document := range list {
		size += len(document.Body) + shows.frame
	}
	body := make([]byte, 0, size)
	for i, document := range list {
		body = append(body, "[,"[min(i, 1)])
		body = shows.append(body, document)
	}
	return call.Response{Status: http.StatusOK, Body: append(body, "]\n"...)}
}

func (d *Documents) create(c *call.Call) (call.Response, error) {
	fields, err := c.ReadFields(call.MaxDocument)
	if err != nil {
		return call.Response{}, err
	}
	if fields == nil {
		return call.Response{}, call.BadRequest("the body is empty: send a JSON object")
	}
	shows := shownTo(c)
	if err := shows.withoutShown(c, fields, c.Route.ParentID); err != nil {
		return call.Response{}, err
	}
	if err := d.Reserve(c, sizeOf(fields)+shows.frame); err != nil {
		return call.Response{}, err
	}
	document, err := d.Data.Create(c.Request.Context(), collection(c), fields, c.Precondition())
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	response := documentResponse(shows, http.StatusCreated, document)
	// Without scheme and host, which are known to the client; its Host field may be forged.
	response.Header = map[string]string{"Location": itemPath(c, document.ID)}
	return c.WithValidators(response, document.State()), nil
}

// sizeOf estimates how many bytes the body of a document with these fields has.
func sizeOf(fields data.Fields) int {
	size := 0
	for name, value := range fields {
		size += len(name) + len(value)
	}
	return size
}

// itemPath is the canonical path of a document, whatever form the request has used.
func itemPath(c *call.Call, id int64) string {
	path := strings.Replace(c.Route.Resource.Path, "{id}", strconv.FormatInt(c.Route.ParentID, 10), 1)
	return path + "/" + strconv.FormatInt(id, 10)
}

func (d *Documents) get(c *call.Call) (call.Response, error) {
	document, err := d.Data.Get(c.Request.Context(), collection(c), c.Route.ID)
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	return c.Conditional(document.State(), func() (call.Response, error) {
		return documentResponse(shownTo(c), http.StatusOK, document), nil
	})
}

func (d *Documents) update(c *call.Call) (call.Response, error) {
	fields, err := c.ReadFields(call.MaxDocument)
	if err != nil {
		return call.Response{}, err
	}
	of, err := d.collectionOf(c)
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	shows := shownTo(c)
	if err := shows.withoutShown(c, fields, of.Parent); err != nil {
		return call.Response{}, err
	}
	document, err := d.Data.Update(c.Request.Context(), of, c.Route.ID, fields, d.reserving(c, shows, c.Precondition()))
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	return c.WithValidators(documentResponse(shows, http.StatusOK, document), document.State()), nil
}

func (d *Documents) delete(c *call.Call) (call.Response, error) {
	of, err := d.collectionOf(c)
	if err == nil {
		err = d.Data.Delete(c.Request.Context(), of, c.Route.ID, c.Precondition())
	}
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	return call.NoContent, nil
}

func (d *Documents) deleteAll(c *call.Call) (call.Response, error) {
	where, err := c.Filters()
	if err != nil {
		return call.Response{}, err
	}
	err = d.query(c, func(ctx context.Context) error {
		return d.Data.DeleteAll(ctx, collection(c), where, c.Precondition())
	})
	return call.NoContent, err
}

func documentResponse(shows shown, status int, document data.Document) call.Response {
	return call.Response{Status: status, Body: append(shows.append(nil, document), '\n')}
}

// reserving adds to a precondition that there is room for a response with the largest document. Preconditions are checked for
// one change at a time, so that changes that wait for others reserve nothing.
func (d *Documents) reserving(c *call.Call, shows shown, check data.Precondition) data.Precondition {
	return func(state data.State) error {
		if check != nil {
			if err := check(state); err != nil {
				return err
			}
		}
		return d.Reserve(c, data.MaxBody+shows.frame)
	}
}
