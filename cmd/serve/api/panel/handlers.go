package panel

import (
	"net/http"
	"slices"

	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
)

// RequestType names a request type of a system resource.
type RequestType struct {
	Resource string
	Endpoint perms.Endpoint
	Method   string
}

// Handler responds to a request type.
type Handler struct {
	handle     func(*Panel, *call.Call) (call.Response, error)
	Parameters []string // the query parameters that it knows
}

// handler makes one of a method of a part of the panel, such as users.
func handler[Part ~struct{ *Panel }](handle func(Part, *call.Call) (call.Response, error)) func(*Panel, *call.Call) (call.Response, error) {
	return func(p *Panel, c *call.Call) (call.Response, error) { return handle(Part{p}, c) }
}

var (
	editParameters = []string{"draft", "save", "message", "confirm"}
	pageParameters = []string{"page", "limit"}
	viewParameters = []string{"draft", "staged"}
	noParameters   []string
)

// Handlers are the handlers of all request types; a test compares them with the catalogue.
var Handlers = map[RequestType]Handler{
	{"time", perms.Single, http.MethodGet}: {(*Panel).showTime, noParameters},

	{"users", perms.Collection, http.MethodGet}:  {handler(users.list), slices.Concat(userParameters, []string{"sort"}, pageParameters)},
	{"users", perms.Collection, http.MethodPost}: {handler(users.add), editParameters},
	{"users", perms.Count, http.MethodGet}:       {handler(users.count), userParameters},
	{"users", perms.Named, http.MethodGet}:       {handler(users.show), viewParameters},
	{"users", perms.Named, http.MethodPut}:       {handler(users.edit), editParameters},
	{"users", perms.Named, http.MethodDelete}:    {handler(users.remove), editParameters},

	{"users_name", perms.Single, http.MethodPut}:           {handler(users.rename), editParameters},
	{"users_permissions", perms.Single, http.MethodGet}:    {handler(users.showRules), noParameters},
	{"users_permissions", perms.Single, http.MethodPut}:    {handler(users.setRules), editParameters},
	{"users_permissions", perms.Single, http.MethodDelete}: {handler(users.revokeRule), append([]string{"permission"}, editParameters...)},
	{"users_roles", perms.Single, http.MethodGet}:          {handler(users.showRoles), noParameters},
	{"users_roles", perms.Single, http.MethodPut}:          {handler(users.assignRole), editParameters},
	{"users_roles", perms.Single, http.MethodDelete}:       {handler(users.unassignRole), append([]string{"role"}, editParameters...)},

	{"users_token", perms.Single, http.MethodGet}:    {handler(tokenAccess.show), noParameters},
	{"users_token", perms.Single, http.MethodPut}:    {handler(tokenAccess.enable), editParameters},
	{"users_token", perms.Single, http.MethodPost}:   {handler(tokenAccess.regenerate), editParameters},
	{"users_token", perms.Single, http.MethodDelete}: {handler(tokenAccess.disable), editParameters},

	{"users_token_suspension", perms.Single, http.MethodPut}:    {handler(tokenAccess.suspend), editParameters},
	{"users_token_suspension", perms.Single, http.MethodDelete}: {handler(tokenAccess.resume), editParameters},
	{"token", perms.Single, http.MethodPost}:                    {handler(tokenAccess.regenerateOwn), editParameters},

	{"roles", perms.Collection, http.MethodGet}:            {handler(roles.list), pageParameters},
	{"roles", perms.Collection, http.MethodPost}:           {handler(roles.add), editParameters},
	{"roles", perms.Count, http.MethodGet}:                 {handler(roles.count), noParameters},
	{"roles", perms.Named, http.MethodGet}:                 {handler(roles.show), viewParameters},
	{"roles", perms.Named, http.MethodPut}:                 {handler(roles.edit), editParameters},
	{"roles", perms.Named, http.MethodDelete}:              {handler(roles.remove), append([]string{"unassign"}, editParameters...)},
	{"roles_permissions", perms.Single, http.MethodGet}:    {handler(roles.showRules), noParameters},
	{"roles_permissions", perms.Single, http.MethodPut}:    {handler(roles.setRules), editParameters},
	{"roles_permissions", perms.Single, http.MethodDelete}: {handler(roles.revokeRule), append([]string{"permission"}, editParameters...)},

	{"resources", perms.Collection, http.MethodGet}:  {handler(resources.list), pageParameters},
	{"resources", perms.Collection, http.MethodPost}: {handler(resources.add), editParameters},
	{"resources", perms.Count, http.MethodGet}:       {handler(resources.count), noParameters},
	{"resources", perms.Named, http.MethodGet}:       {handler(resources.show), viewParameters},
	{"resources", perms.Named, http.MethodPut}:       {handler(resources.edit), editParameters},
	{"resources", perms.Named, http.MethodDelete}:    {handler(resources.remove), append([]string{"revoke_rules"}, editParameters...)},

	{"settings", perms.Collection, http.MethodGet}: {handler(settings.list), append([]string{"page", "limit"}, viewParameters...)},
	{"settings", perms.Named, http.MethodGet}:      {handler(settings.show), viewParameters},
	{"settings", perms.Named, http.MethodPut}:      {handler(settings.set), append([]string{"revoke_rules"}, editParameters...)},
	{"settings", perms.Named, http.MethodDelete}:   {handler(settings.unset), append([]string{"revoke_rules"}, editParameters...)},

	{"draft", perms.Single, http.MethodGet}:           {handler(ownDraft.show), []string{"draft"}},
	{"draft", perms.Single, http.MethodDelete}:        {handler(ownDraft.discard), []string{"draft", "name"}},
	{"draft_diff", perms.Single, http.MethodGet}:      {handler(ownDraft.diff), []string{"draft"}},
	{"draft_rebase", perms.Single, http.MethodPost}:   {handler(ownDraft.rebase), []string{"draft"}},
	{"draft_rollback", perms.Single, http.MethodPost}: {handler(ownDraft.rollback), editParameters},
	{"draft_save", perms.Single, http.MethodPost}:     {handler(ownDraft.save), []string{"draft"}},

	{"revisions", perms.Collection, http.MethodGet}: {handler(revisions.list), append(pageParameters, logParameters...)},
	{"revisions", perms.Count, http.MethodGet}:      {handler(revisions.count), logParameters},
	{"revisions", perms.Item, http.MethodGet}:       {handler(revisions.show), noParameters},

	{"requestlogs", perms.Collection, http.MethodGet}: {handler(requestLogs.list), call.ListParameters},
	{"requestlogs", perms.Count, http.MethodGet}:      {handler(requestLogs.count), noParameters},
	{"requestlogs", perms.Item, http.MethodGet}:       {handler(requestLogs.show), noParameters},

	{"can", perms.Single, http.MethodGet}: {handler(questions.can), []string{"user", "permission", "method", "path", "draft", "staged", "revision"}},
}

// HandlerOf finds the handler of a route.
func HandlerOf(route perms.Route) (Handler, bool) {
	found, known := Handlers[RequestType{route.Resource.Name, route.Request.Endpoint, route.Request.Method}]
	return found, known
}
