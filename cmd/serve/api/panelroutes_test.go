package api_test

import (
	"strings"
	"testing"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// panelStep is a request of a system resource that succeeds for a user who may make it.
type panelStep struct {
	path   string // below the base path
	body   string
	status int
}

// panelSteps are the steps by resource, endpoint and method. Request types that are not built get a 501.
var panelSteps = map[string]panelStep{
	"can single GET":                       {"can?user=idle&permission=orders:view", "", 200},
	"draft single GET":                     {"draft", "", 200},
	"draft single DELETE":                  {"draft", "", 204},
	"draft_diff single GET":                {"draft/diff", "", 204},
	"draft_rebase single POST":             {"draft/rebase", "", 204},
	"draft_rollback single POST":           {"draft/rollback", `{"revision":99}`, 404},
	"draft_save single POST":               {"draft/save", "", 204},
	"requestlogs collection GET":           {"requestlogs", "", 204},
	"requestlogs item GET":                 {"requestlogs/1", "", 404},
	"requestlogs count GET":                {"requestlogs/count", "", 200},
	"resources collection GET":             {"resources", "", 200},
	"resources collection POST":            {"resources", `{"name":"new"}`, 202},
	"resources named GET":                  {"resources/orders", "", 200},
	"resources named PUT":                  {"resources/orders", `{"title":"x"}`, 202},
	"resources named DELETE":               {"resources/brands", "", 202},
	"resources count GET":                  {"resources/count", "", 200},
	"revisions collection GET":             {"revisions", "", 200},
	"revisions item GET":                   {"revisions/1", "", 200},
	"revisions count GET":                  {"revisions/count", "", 200},
	"roles collection GET":                 {"roles", "", 200},
	"roles collection POST":                {"roles", `{"name":"new"}`, 202},
	"roles named GET":                      {"roles/clerk", "", 200},
	"roles named PUT":                      {"roles/clerk", `{"note":"x"}`, 202},
	"roles named DELETE":                   {"roles/spare", "", 202},
	"roles count GET":                      {"roles/count", "", 200},
	"roles_permissions single GET":         {"roles/clerk/permissions", "", 204},
	"roles_permissions single PUT":         {"roles/clerk/permissions", `{"permission":"orders:view"}`, 202},
	"roles_permissions single DELETE":      {"roles/clerk/permissions?permission=orders:view", "", 202},
	"settings collection GET":              {"settings", "", 200},
	"settings named GET":                   {"settings/catalogue", "", 200},
	"settings named PUT":                   {"settings/token.max-grace", `{"value":"1h"}`, 202},
	"settings named DELETE":                {"settings/catalogue", "", 404},
	"store single GET":                     {"store", "", 200},
	"store single PUT":                     {"store", `{"a":2}`, 200},
	"time single GET":                      {"time", "", 200},
	"users_token_suspension single PUT":    {"users/editor/token/suspension", "", 202},
	"users_token_suspension single DELETE": {"users/idle/token/suspension", "", 409},
	"token single POST":                    {"token", "", 202},
	"users collection GET":                 {"users", "", 200},
	"users collection POST":                {"users", `{"name":"new"}`, 202},
	"users named GET":                      {"users/idle", "", 200},
	"users named PUT":                      {"users/idle", `{"note":"x"}`, 202},
	"users named DELETE":                   {"users/viewer", "", 202},
	"users count GET":                      {"users/count", "", 200},
	"users_name single PUT":                {"users/idle/name", `{"name":"idle"}`, 200}, // nothing to stage: others ask for it by this name,
	"users_permissions single GET":         {"users/editor/permissions", "", 200},
	"users_permissions single PUT":         {"users/idle/permissions", `{"permission":"orders:view"}`, 202},
	"users_permissions single DELETE":      {"users/idle/permissions?permission=orders:view", "", 202},
	"users_roles single GET":               {"users/idle/roles", "", 204},
	"users_roles single PUT":               {"users/idle/roles", `{"role":"clerk"}`, 202},
	"users_roles single DELETE":            {"users/idle/roles?role=clerk", "", 202},
	"users_token single GET":               {"users/idle/token", "", 200},
	"users_token single POST":              {"users/idle/token", "", 202},
	"users_token single PUT":               {"users/off/token", "", 202},
	"users_token single DELETE":            {"users/idle/token", "", 202},
}

// panelStepOf finds the step of a request type of a system resource.
func panelStepOf(t *testing.T, resource perms.Resource, request perms.Request) panelStep {
	t.Helper()
	step, listed := panelSteps[strings.Join([]string{resource.Name, string(request.Endpoint), request.Method}, " ")]
	if !listed {
		t.Errorf("%s %s of %s has no step in panelSteps", request.Method, request.Endpoint, resource.Name)
	}
	step.path = perms.BasePath + "/" + step.path
	return step
}

// saveEdit makes an edit live, like an operator of this machine.
func (w *world) saveEdit(t testing.TB, kind model.Kind, change model.Change, names ...string) {
	t.Helper()
	draft := drafts.Draft{Operator: model.Operator{Name: "os:test", KnownBy: "os user", Source: "test"}}
	_, err := w.panel.Confirmed(db.Lockout).SaveEdit(t.Context(), db.Edit{Kind: kind, Draft: draft, Names: names, Change: change, RevokeRules: true}, "")
	must(t, err)
}

func (w *world) addRoles(t testing.TB, names ...string) {
	t.Helper()
	w.saveEdit(t, model.KindRole, edits.AddRole(""), names...)
}
