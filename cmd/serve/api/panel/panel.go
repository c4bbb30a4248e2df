package panel

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/perms"
)

// The control panel over HTTPS. What the catalogue's system resources ask of a user is the least that a request takes, and
// is decided before anything here. What an edit changes is judged by package db, by the same rules as at the command line,
// when it is staged and again in the transaction that saves it.

// systemRequest is how a request type of a system resource is answered.
type systemRequest struct {
	act        func(*Panel, *call.Call) (call.Response, error)
	Parameters []string // of the query that it knows
}

// systemType names a request type of a system resource.
type systemType struct {
	Resource string
	Endpoint perms.Endpoint
	Method   string
}

var (
	editParameters = []string{"draft", "save", "message"}
	pageParameters = []string{"page", "limit"}
	viewParameters = []string{"draft", "staged"}
	noParameters   []string
)

// systemRequests are those that are built; a test compares them with the catalogue.
var SystemRequests = map[systemType]systemRequest{
	{"time", perms.Single, http.MethodGet}: {(*Panel).showTime, noParameters},

	{"users", perms.Collection, http.MethodGet}:  {(*Panel).listUsers, append([]string{"role"}, pageParameters...)},
	{"users", perms.Collection, http.MethodPost}: {(*Panel).addUser, editParameters},
	{"users", perms.Count, http.MethodGet}:       {(*Panel).countUsers, []string{"role"}},
	{"users", perms.Named, http.MethodGet}:       {(*Panel).showUser, viewParameters},
	{"users", perms.Named, http.MethodPut}:       {(*Panel).editUser, editParameters},
	{"users", perms.Named, http.MethodDelete}:    {(*Panel).removeUser, editParameters},

	{"users_permissions", perms.Single, http.MethodGet}:    {(*Panel).showUserRules, noParameters},
	{"users_permissions", perms.Single, http.MethodPut}:    {(*Panel).setUserRules, editParameters},
	{"users_permissions", perms.Single, http.MethodDelete}: {(*Panel).revokeUserRule, append([]string{"permission"}, editParameters...)},
	{"users_roles", perms.Single, http.MethodGet}:          {(*Panel).showUserRoles, noParameters},
	{"users_roles", perms.Single, http.MethodPut}:          {(*Panel).assignRole, editParameters},
	{"users_roles", perms.Single, http.MethodDelete}:       {(*Panel).unassignRole, append([]string{"role"}, editParameters...)},

	{"users_token", perms.Single, http.MethodGet}:    {(*Panel).showToken, noParameters},
	{"users_token", perms.Single, http.MethodPut}:    {(*Panel).enableToken, editParameters},
	{"users_token", perms.Single, http.MethodPost}:   {(*Panel).regenerateToken, editParameters},
	{"users_token", perms.Single, http.MethodDelete}: {(*Panel).disableToken, editParameters},
	{"token", perms.Single, http.MethodPost}:         {(*Panel).regenerateOwnToken, editParameters},

	{"roles", perms.Collection, http.MethodGet}:            {(*Panel).listRoles, pageParameters},
	{"roles", perms.Collection, http.MethodPost}:           {(*Panel).addRole, editParameters},
	{"roles", perms.Count, http.MethodGet}:                 {(*Panel).countRoles, noParameters},
	{"roles", perms.Named, http.MethodGet}:                 {(*Panel).showRole, viewParameters},
	{"roles", perms.Named, http.MethodPut}:                 {(*Panel).editRole, editParameters},
	{"roles", perms.Named, http.MethodDelete}:              {(*Panel).removeRole, editParameters},
	{"roles_permissions", perms.Single, http.MethodGet}:    {(*Panel).showRoleRules, noParameters},
	{"roles_permissions", perms.Single, http.MethodPut}:    {(*Panel).setRoleRules, editParameters},
	{"roles_permissions", perms.Single, http.MethodDelete}: {(*Panel).revokeRoleRule, append([]string{"permission"}, editParameters...)},

	{"resources", perms.Collection, http.MethodGet}:  {(*Panel).listResources, pageParameters},
	{"resources", perms.Collection, http.MethodPost}: {(*Panel).addResource, editParameters},
	{"resources", perms.Count, http.MethodGet}:       {(*Panel).countResources, noParameters},
	{"resources", perms.Named, http.MethodGet}:       {(*Panel).showResource, viewParameters},
	{"resources", perms.Named, http.MethodPut}:       {(*Panel).editResource, editParameters},
	{"resources", perms.Named, http.MethodDelete}:    {(*Panel).removeResource, editParameters},

	{"draft", perms.Single, http.MethodGet}:         {(*Panel).showDraft, []string{"draft"}},
	{"draft", perms.Single, http.MethodDelete}:      {(*Panel).discardDraft, []string{"draft", "name"}},
	{"draft_diff", perms.Single, http.MethodGet}:    {(*Panel).diffDraft, []string{"draft"}},
	{"draft_rebase", perms.Single, http.MethodPost}: {(*Panel).rebaseDraft, []string{"draft"}},
	{"draft_save", perms.Single, http.MethodPost}:   {(*Panel).saveDraft, []string{"draft"}},

	{"revisions", perms.Collection, http.MethodGet}: {(*Panel).listRevisions, append(pageParameters, logParameters...)},
	{"revisions", perms.Count, http.MethodGet}:      {(*Panel).countRevisions, logParameters},
	{"revisions", perms.Item, http.MethodGet}:       {(*Panel).showRevision, noParameters},

	{"requestlogs", perms.Collection, http.MethodGet}: {(*Panel).listRequestLogs, call.ListParameters},
	{"requestlogs", perms.Count, http.MethodGet}:      {(*Panel).countRequestLogs, noParameters},
	{"requestlogs", perms.Item, http.MethodGet}:       {(*Panel).showRequestLog, noParameters},

	{"can", perms.Single, http.MethodGet}: {(*Panel).can, []string{"user", "permission", "method", "path", "draft", "staged", "revision"}},
}

// systemRequestOf finds what answers a request type.
func SystemRequestOf(route perms.Route) (systemRequest, bool) {
	found, built := SystemRequests[systemType{route.Resource.Name, route.Request.Endpoint, route.Request.Method}]
	return found, built
}

// system answers for what latchkey is itself.
func (s *Panel) Serve(c *call.Call) (call.Response, error) {
	request, built := SystemRequestOf(c.Route)
	if !built {
		return call.Response{}, &call.Error{Status: http.StatusNotImplemented, Message: "this is not built yet: use the command line"}
	}
	return request.act(s, c)
}

// panelPatience is how long a request of the control panel waits for the database before it is told to come again, unless
// the configuration says otherwise. Saves take milliseconds.
const PanelPatience = 10 * time.Second

// look reads the user database for the control panel.
func (s *Panel) look(c *call.Call, work func(ctx context.Context, users *db.DB) error) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.Patience)
	defer cancel()
	return panelError(work(ctx, s.Users))
}

// write edits the user database through the one connection of this server that can, which nothing else has. A file that
// was moved meanwhile is not the one that servers and commands go by: what was written to it counts nowhere.
func (s *Panel) write(c *call.Call, work func(ctx context.Context, panel *db.DB) error) error {
	if s.Writer == nil {
		return panelError(db.ErrUnwritable)
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.Patience)
	defer cancel()
	if err := s.Writer.Check(ctx); err != nil {
		return panelError(err)
	}
	err := work(ctx, s.Writer)
	if err == nil {
		err = s.Writer.Check(context.WithoutCancel(ctx))
	}
	return panelError(err)
}

// operator is the caller as an operator.
func operator(c *call.Call) model.Operator { return snapshot.ByAPI(c.Identity) }

// draft is the caller's draft that the request is for: the same one as at the command line.
func draftOf(c *call.Call) (db.Draft, error) {
	name := c.Query.Get("draft")
	return db.Draft{Operator: operator(c), Name: name}, panelError(edits.CheckText("name of the draft", name))
}

// target is the name that stands in the path, in its one form.
func target(c *call.Call) (string, error) {
	name, err := model.CanonicalName(c.Route.Name)
	return name, panelError(err)
}

// flag reads a parameter that is true or false; false where it is not given.
func flag(c *call.Call, name string) (bool, error) {
	switch c.Query.Get(name) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "":
		if !c.Query.Has(name) {
			return false, nil
		}
	}
	return false, call.BadParameter(name, "is neither true nor false")
}

// require refuses a caller who lacks a permission that a request takes only for what its parameters ask.
func (s *Panel) require(c *call.Call, permission perms.Permission) error {
	return c.Authorize(perms.Request{Permission: permission}, s.Clock())
}

// listResponse is a page of a list: 204 where nothing is on it.
func listResponse[T any](list []T, err error) (call.Response, error) {
	if err != nil {
		return call.Response{}, err
	}
	if len(list) == 0 {
		return call.NoContent, nil
	}
	return call.JSON(list)
}

func countResponse(count int64, err error) (call.Response, error) {
	if err != nil {
		return call.Response{}, err
	}
	return call.JSON(wire.Count{Count: count})
}

// panelFailure is an error of the control panel: it has a table of its own, [ErrorFor].
type PanelFailure struct{ error }

func (f PanelFailure) Unwrap() error { return f.error }

func panelError(err error) error {
	if err == nil {
		return nil
	}
	return PanelFailure{err}
}

// Panel answers for latchkey's own resources.
type Panel struct {
	Users    *db.DB
	Writer   *db.DB // the same database, writable; nil: nobody can edit here
	Data     *data.Data
	Patience time.Duration
	Clock    func() time.Time
	Log      *slog.Logger
	Random   io.Reader
}
