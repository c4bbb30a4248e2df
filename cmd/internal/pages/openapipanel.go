package pages

import (
	"net/http"
	"reflect"
	"slices"
	"strings"

	"latchkey/cmd/panel"
	"latchkey/perms"
)

// panelType names a request type of the control panel.
type panelType struct {
	resource string
	endpoint perms.Endpoint
	method   string
}

// panelRequest is what a request type of the control panel takes and answers.
type panelRequest struct {
	parameters []any  // besides those of the path
	body       string // the name of its schema; "": none is read
	required   bool   // the body
	answer     any    // of the type whose JSON it is; nil: any object
	statuses   string // those that are right
}

// What several request types return: something; something or nothing; an edit that is staged, or live; one that makes
// something.
const (
	shown  = "200"
	listed = "200 204"
	edited = "200 202"
	added  = "201 202"
)

var (
	editing = []any{parameterOf("draft"), parameterOf("save"), parameterOf("message"), parameterOf("confirm"), parameterOf("if_match")}
	viewing = []any{parameterOf("draft"), parameterOf("staged")}
	paging  = []any{parameterOf("page"), parameterOf("limit")}
	ofDraft = []any{parameterOf("draft")}

	ofUsers = []any{
		inQuery("role", "only users who have this role", inHead()),
		inQuery("access", "only users who have API access, or have none", map[string]any{"type": "string", "enum": []string{"on", "off"}}),
		inQuery("name", "only users whose name is like this: * stands for any characters, ? for one", inHead()),
	}
	sorting     = []any{inQuery("sort", "name, created_at, changed_at or issued_at, with :desc behind it for downwards", inHead())}
	endedRule   = required(inQuery("permission", "the permission or pattern of the rule that ends", inHead()))
	revokeRules = inQuery("revoke_rules", "revoke the rules for permissions that go by this, which would stand against it", map[string]any{"type": "boolean"})
	unassign    = inQuery("unassign", "take the role from its users, who would stand against the removal", map[string]any{"type": "boolean"})
	chosen      = []any{
		inQuery("user", "only saves that changed this user", inHead()), inQuery("role", "only saves that changed this role", inHead()),
		inQuery("resource", "only saves that changed this resource", inHead()),
		inQuery("name", "only saves that changed what has, or had, this name: ci, role:support or resource:orders", inHead()),
		inQuery("operator", "only saves by this operator, such as user:alice", inHead()),
		inQuery("since", "only saves from this time on: a time, a date (its beginning, in the zone of the server) or a span before now such as 7d", inHead()), inQuery("until", "only saves before this time; a date is the end of that day", inHead()),
	}
	asked = []any{
		required(inQuery("user", "whose rules are asked", inHead())), inQuery("permission", "what is asked about; or else method and path", inHead()),
		inQuery("method", "of the request that is asked about", inHead()), inQuery("path", "of the request that is asked about", inHead()),
		inQuery("revision", "ask the state after this save", map[string]any{"type": "integer", "format": "int64", "minimum": 1}),
		parameterOf("draft"), parameterOf("staged"),
	}
)

// panelRequests has every request type of latchkey's own resources; a test compares it with what the server reads and returns.
var panelRequests = map[panelType]panelRequest{
	{"can", perms.Single, http.MethodGet}:  {parameters: asked, answer: panel.Decision{}, statuses: shown},
	{"time", perms.Single, http.MethodGet}: {answer: panel.Time{}, statuses: shown},
	// The store is a document.
	{"store", perms.Single, http.MethodGet}: {parameters: ifNew, statuses: shown},
	{"store", perms.Single, http.MethodPut}: {parameters: ifSeen, body: "Object", statuses: shown},

	{"users", perms.Collection, http.MethodGet}:  {parameters: slices.Concat(ofUsers, sorting, paging), answer: []panel.User{}, statuses: listed},
	{"users", perms.Collection, http.MethodPost}: {parameters: editing, body: "NewUser", required: true, answer: panel.Edited{}, statuses: added},
	{"users", perms.Count, http.MethodGet}:       {parameters: ofUsers, answer: panel.Count{}, statuses: shown},
	{"users", perms.Named, http.MethodGet}:       {parameters: viewing, answer: panel.User{}, statuses: shown},
	{"users", perms.Named, http.MethodPut}:       {parameters: editing, body: "UserEdit", required: true, answer: panel.Edited{}, statuses: edited},
	{"users", perms.Named, http.MethodDelete}:    {parameters: editing, answer: panel.Edited{}, statuses: edited},

	{"users_name", perms.Single, http.MethodPut}:           {parameters: editing, body: "Rename", required: true, answer: panel.Edited{}, statuses: edited},
	{"users_permissions", perms.Single, http.MethodGet}:    {answer: []panel.Granted{}, statuses: listed},
	{"users_permissions", perms.Single, http.MethodPut}:    {parameters: editing, body: "RuleEdit", required: true, answer: panel.Edited{}, statuses: edited},
	{"users_permissions", perms.Single, http.MethodDelete}: {parameters: append([]any{endedRule}, editing...), answer: panel.Edited{}, statuses: edited},
	{"users_roles", perms.Single, http.MethodGet}:          {answer: []panel.Assigned{}, statuses: listed},
	{"users_roles", perms.Single, http.MethodPut}:          {parameters: editing, body: "RoleAssignment", required: true, answer: panel.Edited{}, statuses: edited},
	{"users_roles", perms.Single, http.MethodDelete}: {parameters: append([]any{required(inQuery("role", "the role to take away", inHead()))}, editing...),
		answer: panel.Edited{}, statuses: edited},

	{"users_token", perms.Single, http.MethodGet}:               {answer: panel.Access{}, statuses: shown},
	{"users_token", perms.Single, http.MethodPut}:               {parameters: editing, body: "TokenEnabling", answer: panel.EditedToken{}, statuses: edited},
	{"users_token", perms.Single, http.MethodPost}:              {parameters: editing, body: "Regeneration", answer: panel.EditedToken{}, statuses: edited},
	{"users_token", perms.Single, http.MethodDelete}:            {parameters: editing, answer: panel.Edited{}, statuses: edited},
	{"users_token_suspension", perms.Single, http.MethodPut}:    {parameters: editing, answer: panel.Edited{}, statuses: edited},
	{"users_token_suspension", perms.Single, http.MethodDelete}: {parameters: editing, answer: panel.Edited{}, statuses: edited},
	{"token", perms.Single, http.MethodPost}:                    {parameters: editing, body: "Regeneration", answer: panel.EditedToken{}, statuses: edited},

	{"roles", perms.Collection, http.MethodGet}:            {parameters: paging, answer: []panel.Role{}, statuses: listed},
	{"roles", perms.Collection, http.MethodPost}:           {parameters: editing, body: "NewRole", required: true, answer: panel.Edited{}, statuses: added},
	{"roles", perms.Count, http.MethodGet}:                 {answer: panel.Count{}, statuses: shown},
	{"roles", perms.Named, http.MethodGet}:                 {parameters: viewing, answer: panel.Role{}, statuses: shown},
	{"roles", perms.Named, http.MethodPut}:                 {parameters: editing, body: "RoleEdit", required: true, answer: panel.Edited{}, statuses: edited},
	{"roles", perms.Named, http.MethodDelete}:              {parameters: append([]any{unassign}, editing...), answer: panel.Edited{}, statuses: edited},
	{"roles_permissions", perms.Single, http.MethodGet}:    {answer: []panel.Rule{}, statuses: listed},
	{"roles_permissions", perms.Single, http.MethodPut}:    {parameters: editing, body: "RuleEdit", required: true, answer: panel.Edited{}, statuses: edited},
	{"roles_permissions", perms.Single, http.MethodDelete}: {parameters: append([]any{endedRule}, editing...), answer: panel.Edited{}, statuses: edited},

	{"resources", perms.Collection, http.MethodGet}:  {parameters: paging, answer: []panel.Resource{}, statuses: listed},
	{"resources", perms.Collection, http.MethodPost}: {parameters: editing, body: "NewResource", required: true, answer: panel.Edited{}, statuses: added},
	{"resources", perms.Count, http.MethodGet}:       {answer: panel.Count{}, statuses: shown},
	{"resources", perms.Named, http.MethodGet}:       {parameters: viewing, answer: panel.Resource{}, statuses: shown},
	{"resources", perms.Named, http.MethodPut}:       {parameters: editing, body: "ResourceEdit", required: true, answer: panel.Edited{}, statuses: edited},
	{"resources", perms.Named, http.MethodDelete}:    {parameters: append([]any{revokeRules}, editing...), answer: panel.Edited{}, statuses: edited},

	{"settings", perms.Collection, http.MethodGet}: {parameters: append(append([]any{}, viewing...), paging...), answer: []panel.Setting{}, statuses: listed},
	{"settings", perms.Named, http.MethodGet}:      {parameters: viewing, answer: panel.Setting{}, statuses: shown},
	{"settings", perms.Named, http.MethodPut}: {parameters: append([]any{revokeRules}, editing...), body: "SettingEdit", required: true,
		answer: panel.Edited{}, statuses: edited},
	{"settings", perms.Named, http.MethodDelete}: {parameters: append([]any{revokeRules}, editing...), answer: panel.Edited{}, statuses: edited},

	{"draft", perms.Single, http.MethodGet}: {parameters: ofDraft, answer: panel.Draft{}, statuses: shown},
	{"draft", perms.Single, http.MethodDelete}: {parameters: append([]any{inQuery("name", "forget only what is staged of this one", inHead())}, ofDraft...),
		answer: []panel.Staged{}, statuses: listed},
	{"draft_diff", perms.Single, http.MethodGet}:      {parameters: ofDraft, answer: []panel.Difference{}, statuses: listed},
	{"draft_rebase", perms.Single, http.MethodPost}:   {parameters: ofDraft, body: "DraftRebase", answer: []panel.Staged{}, statuses: listed},
	{"draft_rollback", perms.Single, http.MethodPost}: {parameters: editing[:4:4], body: "Rollback", required: true, answer: panel.Edited{}, statuses: edited},
	{"draft_save", perms.Single, http.MethodPost}:     {parameters: ofDraft, body: "DraftSave", answer: panel.Saved{}, statuses: listed},

	{"revisions", perms.Collection, http.MethodGet}: {parameters: append(append([]any{}, chosen...), paging...), answer: []panel.Logged{}, statuses: listed},
	{"revisions", perms.Count, http.MethodGet}:      {parameters: chosen, answer: panel.Count{}, statuses: shown},
	{"revisions", perms.Item, http.MethodGet}:       {answer: panel.Recorded{}, statuses: shown},

	{"requestlogs", perms.Collection, http.MethodGet}: {parameters: append([]any{parameterOf("filters"), parameterOf("sort")}, paging...),
		answer: []panel.RequestLog{}, statuses: listed},
	{"requestlogs", perms.Count, http.MethodGet}: {parameters: []any{parameterOf("filters")}, answer: panel.Count{}, statuses: shown},
	{"requestlogs", perms.Item, http.MethodGet}:  {answer: panel.RequestLog{}, statuses: shown},
}

// panelOf finds what a request type of latchkey's own resources takes and answers.
func panelOf(resource perms.Resource, request perms.Request) (panelRequest, bool) {
	found, known := panelRequests[panelType{resource.Name, request.Endpoint, request.Method}]
	if request.Method == http.MethodGet && found.isTagged(resource) {
		found.parameters = append(slices.Clip(found.parameters), parameterOf("if_none_match"))
	}
	return found, known && resource.Backend == perms.System
}

// isTagged tells whether what is read has an ETag of its own making: the store is a document, and the time is never the same.
func (p panelRequest) isTagged(resource perms.Resource) bool {
	return p.answer != nil && resource.Name != "time"
}

// requestBody is nil for none.
func (p panelRequest) requestBody() any {
	if p.body == "" {
		return nil
	}
	return map[string]any{"required": p.required, "content": inBothFormats(schemaOf(p.body))}
}

// addResponses adds the responses of a request type to those that every request has.
func (p panelRequest) addResponses(all map[string]any, resource perms.Resource, request perms.Request) {
	for _, status := range strings.Fields(p.statuses) {
		all[status] = p.response(status, resource, request)
	}
	if request.Method != http.MethodGet && p.answer != nil {
		all["409"] = responseOf("conflict")
	}
	if p.body == "Rollback" || resource.Name == "token" { // a revision that is not there, or a caller whose draft removes it
		all["404"] = responseOf("not_found")
	}
	for _, parameter := range p.parameters {
		if _, everybodys := parameter.(reference); !everybodys { // one of its own may name what is not there
			all["404"] = responseOf("not_found")
		}
	}
}

func (p panelRequest) response(status string, resource perms.Resource, request perms.Request) any {
	reads := request.Method == http.MethodGet
	var names []string
	switch {
	case status == "204":
		return responseOf("empty")
	case p.answer == nil:
		return responseOf("single")
	case p.statuses == added:
		names = []string{"Location"}
	case reads && p.isTagged(resource):
		names = []string{"ETag"}
	}
	return response(descriptions[reads][status], inBothFormats(schemas{}.of(reflect.TypeOf(p.answer))), headers(names...))
}

// descriptions of responses, by whether the request only reads.
var descriptions = map[bool]map[string]string{
	true:  {"200": "what is there"},
	false: {"200": "it is live, or was so already", "201": "it is live, and new", "202": "it is in the caller's draft, and live after a save"},
}
