package api

import (
	"context"
	"net/http"
	"time"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/perms"
)

// The control panel over HTTPS. What the catalogue's system resources ask of a user is the least that a request takes, and
// is decided before anything here. What an edit changes is judged by package db, by the same rules as at the command line,
// when it is staged and again in the transaction that saves it.

// systemRequest is how a request type of a system resource is answered.
type systemRequest struct {
	act        func(*server, *call) (answer, error)
	parameters []string // of the query that it knows
}

// systemType names a request type of a system resource.
type systemType struct {
	resource string
	endpoint perms.Endpoint
	method   string
}

var (
	editParameters = []string{"draft", "save", "message"}
	pageParameters = []string{"page", "limit"}
	viewParameters = []string{"draft", "staged"}
	noParameters   []string
)

// systemRequests are those that are built; a test compares them with the catalogue.
var systemRequests = map[systemType]systemRequest{
	{"store", perms.Single, http.MethodGet}: {(*server).showStore, noParameters},
	{"store", perms.Single, http.MethodPut}: {(*server).changeStore, noParameters},
	{"time", perms.Single, http.MethodGet}:  {(*server).showTime, noParameters},

	{"users", perms.Collection, http.MethodGet}:  {(*server).listUsers, append([]string{"role"}, pageParameters...)},
	{"users", perms.Collection, http.MethodPost}: {(*server).addUser, editParameters},
	{"users", perms.Count, http.MethodGet}:       {(*server).countUsers, []string{"role"}},
	{"users", perms.Named, http.MethodGet}:       {(*server).showUser, viewParameters},
	{"users", perms.Named, http.MethodPut}:       {(*server).editUser, editParameters},
	{"users", perms.Named, http.MethodDelete}:    {(*server).removeUser, editParameters},

	{"users_permissions", perms.Single, http.MethodGet}:    {(*server).showUserRules, noParameters},
	{"users_permissions", perms.Single, http.MethodPut}:    {(*server).setUserRules, editParameters},
	{"users_permissions", perms.Single, http.MethodDelete}: {(*server).revokeUserRule, append([]string{"permission"}, editParameters...)},
	{"users_roles", perms.Single, http.MethodGet}:          {(*server).showUserRoles, noParameters},
	{"users_roles", perms.Single, http.MethodPut}:          {(*server).assignRole, editParameters},
	{"users_roles", perms.Single, http.MethodDelete}:       {(*server).unassignRole, append([]string{"role"}, editParameters...)},

	{"users_token", perms.Single, http.MethodGet}:    {(*server).showToken, noParameters},
	{"users_token", perms.Single, http.MethodPut}:    {(*server).enableToken, editParameters},
	{"users_token", perms.Single, http.MethodPost}:   {(*server).regenerateToken, editParameters},
	{"users_token", perms.Single, http.MethodDelete}: {(*server).disableToken, editParameters},
	{"token", perms.Single, http.MethodPost}:         {(*server).regenerateOwnToken, editParameters},

	{"roles", perms.Collection, http.MethodGet}:            {(*server).listRoles, pageParameters},
	{"roles", perms.Collection, http.MethodPost}:           {(*server).addRole, editParameters},
	{"roles", perms.Count, http.MethodGet}:                 {(*server).countRoles, noParameters},
	{"roles", perms.Named, http.MethodGet}:                 {(*server).showRole, viewParameters},
	{"roles", perms.Named, http.MethodPut}:                 {(*server).editRole, editParameters},
	{"roles", perms.Named, http.MethodDelete}:              {(*server).removeRole, editParameters},
	{"roles_permissions", perms.Single, http.MethodGet}:    {(*server).showRoleRules, noParameters},
	{"roles_permissions", perms.Single, http.MethodPut}:    {(*server).setRoleRules, editParameters},
	{"roles_permissions", perms.Single, http.MethodDelete}: {(*server).revokeRoleRule, append([]string{"permission"}, editParameters...)},

	{"resources", perms.Collection, http.MethodGet}:  {(*server).listResources, pageParameters},
	{"resources", perms.Collection, http.MethodPost}: {(*server).addResource, editParameters},
	{"resources", perms.Count, http.MethodGet}:       {(*server).countResources, noParameters},
	{"resources", perms.Named, http.MethodGet}:       {(*server).showResource, viewParameters},
	{"resources", perms.Named, http.MethodPut}:       {(*server).editResource, editParameters},
	{"resources", perms.Named, http.MethodDelete}:    {(*server).removeResource, editParameters},

	{"draft", perms.Single, http.MethodGet}:         {(*server).showDraft, []string{"draft"}},
	{"draft", perms.Single, http.MethodDelete}:      {(*server).discardDraft, []string{"draft", "name"}},
	{"draft_diff", perms.Single, http.MethodGet}:    {(*server).diffDraft, []string{"draft"}},
	{"draft_rebase", perms.Single, http.MethodPost}: {(*server).rebaseDraft, []string{"draft"}},
	{"draft_save", perms.Single, http.MethodPost}:   {(*server).saveDraft, []string{"draft"}},

	{"revisions", perms.Collection, http.MethodGet}: {(*server).listRevisions, append(pageParameters, logParameters...)},
	{"revisions", perms.Count, http.MethodGet}:      {(*server).countRevisions, logParameters},
	{"revisions", perms.Item, http.MethodGet}:       {(*server).showRevision, noParameters},

	{"requestlogs", perms.Collection, http.MethodGet}: {(*server).listRequestLogs, listParameters},
	{"requestlogs", perms.Count, http.MethodGet}:      {(*server).countRequestLogs, noParameters},
	{"requestlogs", perms.Item, http.MethodGet}:       {(*server).showRequestLog, noParameters},

	{"can", perms.Single, http.MethodGet}: {(*server).can, []string{"user", "permission", "method", "path", "draft", "staged", "revision"}},
}

// systemRequestOf finds what answers a request type.
func systemRequestOf(route perms.Route) (systemRequest, bool) {
	found, built := systemRequests[systemType{route.Resource.Name, route.Request.Endpoint, route.Request.Method}]
	return found, built
}

// system answers for what latchkey is itself.
func (s *server) system(c *call) (answer, error) {
	request, built := systemRequestOf(c.route)
	if !built {
		return answer{}, &refusal{status: http.StatusNotImplemented, message: "this is not built yet: use the command line"}
	}
	return request.act(s, c)
}

// panelPatience is how long a request of the control panel waits for the database before it is told to come again, unless
// the configuration says otherwise. Saves take milliseconds.
const panelPatience = 10 * time.Second

// look reads the user database for the control panel.
func (s *server) look(c *call, work func(ctx context.Context, users *db.DB) error) error {
	ctx, cancel := context.WithTimeout(c.request.Context(), s.PanelPatience)
	defer cancel()
	return panelError(work(ctx, s.Users))
}

// write edits the user database through the one connection of this server that can, which nothing else has. A file that
// was moved meanwhile is not the one that servers and commands go by: what was written to it counts nowhere.
func (s *server) write(c *call, work func(ctx context.Context, panel *db.DB) error) error {
	if s.Panel == nil {
		return panelError(db.ErrUnwritable)
	}
	ctx, cancel := context.WithTimeout(c.request.Context(), s.PanelPatience)
	defer cancel()
	if err := s.Panel.Check(ctx); err != nil {
		return panelError(err)
	}
	err := work(ctx, s.Panel)
	if err == nil {
		err = s.Panel.Check(context.WithoutCancel(ctx))
	}
	return panelError(err)
}

// operator is the caller as an operator.
func (c *call) operator() db.Operator { return db.ByAPI(c.identity) }

// draft is the caller's draft that the request is for: the same one as at the command line.
func (c *call) draft() (db.Draft, error) {
	name := c.query.Get("draft")
	return db.Draft{Operator: c.operator(), Name: name}, panelError(edits.CheckText("name of the draft", name))
}

// target is the name that stands in the path, in its one form.
func (c *call) target() (string, error) {
	name, err := db.CanonicalName(c.route.Name)
	return name, panelError(err)
}

// flag reads a parameter that is true or false; false where it is not given.
func (c *call) flag(name string) (bool, error) {
	switch c.query.Get(name) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "":
		if !c.query.Has(name) {
			return false, nil
		}
	}
	return false, badParameter(name, "is neither true nor false")
}

// require refuses a caller who lacks a permission that a request takes only for what its parameters ask.
func (s *server) require(c *call, permission perms.Permission) error {
	return s.authorizeFor(c, perms.Request{Permission: permission})
}

// listAnswer is a page of a list: 204 where nothing is on it.
func listAnswer[T any](list []T, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	if len(list) == 0 {
		return noContent, nil
	}
	return jsonAnswer(list)
}

func countAnswer(count int64, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(wire.Count{Count: count})
}

// panelFailure is an error of the control panel: it has a table of its own, [refusalOfPanel].
type panelFailure struct{ error }

func (f panelFailure) Unwrap() error { return f.error }

func panelError(err error) error {
	if err == nil {
		return nil
	}
	return panelFailure{err}
}
