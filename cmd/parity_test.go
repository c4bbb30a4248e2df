package cmd_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// parityCase is one operation of the control panel, as it is written at each interface. One with GET is a question: what
// is shown is compared too, and no means no error.
type parityCase struct {
	command string // words of the command line, without latchkey
	method  string
	path    string // below /api/v2/
	body    string
	kind    string // of the error; "": none
}

// parityKinds are the kinds of errors that both interfaces tell apart, with the exit status and the HTTP status of each.
var parityKinds = map[string][2]int{
	"invalid":      {2, 400},
	"unknown name": {4, 400},
	"missing":      {4, 404},
	"absent":       {5, 404},
	"state":        {5, 409},
	"conflict":     {6, 409},
	"refused":      {9, 403},
}

// parityCases follow each other on one database at each interface.
var parityCases = []parityCase{
	// Users.
	{command: "user add ci --note builds", method: "POST", path: "users", body: `{"name":"ci","note":"builds"}`},
	{command: "user add ci", method: "POST", path: "users", body: `{"name":"ci"}`, kind: "state"},
	{command: "user add ci --note other", method: "POST", path: "users", body: `{"name":"ci","note":"other"}`, kind: "state"},
	{command: "user add p\u0430ypal", method: "POST", path: "users", body: `{"name":"p\u0430ypal"}`}, // a Cyrillic a
	{command: "user add a:b", method: "POST", path: "users", body: `{"name":"a:b"}`, kind: "invalid"},
	{command: "user add team/ci", method: "POST", path: "users", body: `{"name":"team/ci"}`, kind: "invalid"},
	{command: "user edit ci --email ops@example.org", method: "PUT", path: "users/ci", body: `{"email":"ops@example.org"}`},
	{command: "user edit ci --email ops@example.org", method: "PUT", path: "users/ci", body: `{"email":"ops@example.org"}`},
	{command: "user edit ci", method: "PUT", path: "users/ci", body: `{}`, kind: "invalid"},
	{command: "user edit nobody --note x", method: "PUT", path: "users/nobody", body: `{"note":"x"}`, kind: "missing"},
	{command: "user edit carrol --note x", method: "PUT", path: "users/carrol", body: `{"note":"x"}`, kind: "missing"},
	{command: "user edit ci --name c\u0456", method: "PUT", path: "users/ci", body: `{"name":"c\u0456"}`}, // a Cyrillic i
	{command: "user edit c\u0456 --name ci", method: "PUT", path: "users/c\u0456", body: `{"name":"ci"}`},
	{command: "user edit ci --name carol", method: "PUT", path: "users/ci", body: `{"name":"carol"}`, kind: "state"},
	{command: "user edit ci --name a:b", method: "PUT", path: "users/ci", body: `{"name":"a:b"}`, kind: "invalid"},
	{command: "user list", method: "GET", path: "users"},
	{command: "user show carol", method: "GET", path: "users/carol"},
	{command: "user show ci", method: "GET", path: "users/ci", kind: "missing"}, // it is staged
	{command: "user show a:b", method: "GET", path: "users/a:b", kind: "invalid"},
	{command: "can ci orders:view --staged", method: "GET", path: "can?user=ci&permission=orders:view&staged=true"},

	// Tokens. What is compared never holds a fingerprint.
	{command: "token enable ci", method: "PUT", path: "users/ci/token"},
	{command: "token enable ci", method: "PUT", path: "users/ci/token", kind: "state"},
	{command: "token enable nobody", method: "PUT", path: "users/nobody/token", kind: "missing"},
	{command: "token regenerate carol --grace 1h", method: "POST", path: "users/carol/token", body: `{"grace":"1h"}`},
	{command: "token regenerate carol --grace 90d", method: "POST", path: "users/carol/token", body: `{"grace":"90d"}`, kind: "invalid"},
	{command: "token disable carol", method: "DELETE", path: "users/carol/token"},
	{command: "token disable carol", method: "DELETE", path: "users/carol/token", kind: "state"},
	{command: "token regenerate carol", method: "POST", path: "users/carol/token", kind: "state"},

	{command: "token enable carol --expires 90d", method: "PUT", path: "users/carol/token", body: `{"expires":"90d"}`},
	{command: "token suspend carol", method: "PUT", path: "users/carol/token/suspension"},
	{command: "token suspend carol", method: "PUT", path: "users/carol/token/suspension", kind: "state"},
	{command: "token regenerate carol --expires never", method: "POST", path: "users/carol/token", body: `{"expires":"never"}`},
	{command: "token regenerate carol --expires 0s", method: "POST", path: "users/carol/token", body: `{"expires":"0s"}`, kind: "invalid"},
	{command: "token regenerate carol --expires 2020-01-01", method: "POST", path: "users/carol/token", body: `{"expires":"2020-01-01"}`, kind: "invalid"},
	{command: "token regenerate carol --expires 20y", method: "POST", path: "users/carol/token", body: `{"expires":"20y"}`, kind: "invalid"},
	{command: "token resume carol", method: "DELETE", path: "users/carol/token/suspension"},
	{command: "token resume carol", method: "DELETE", path: "users/carol/token/suspension", kind: "state"},
	{command: "token suspend nobody", method: "PUT", path: "users/nobody/token/suspension", kind: "missing"},
	{command: "token disable carol", method: "DELETE", path: "users/carol/token"},
	{command: "token suspend carol", method: "PUT", path: "users/carol/token/suspension", kind: "state"},

	// Rules.
	{command: "perm grant ci orders:view products:*", method: "PUT", path: "users/ci/permissions", body: `{"permission":["orders:view","products:*"]}`},
	{command: "perm grant ci orders:view", method: "PUT", path: "users/ci/permissions", body: `{"permission":"orders:view"}`},
	{command: "perm grant ci ordres:view", method: "PUT", path: "users/ci/permissions", body: `{"permission":"ordres:view"}`, kind: "unknown name"},
	{command: "perm grant ci orders:", method: "PUT", path: "users/ci/permissions", body: `{"permission":"orders:"}`, kind: "invalid"},
	{command: "perm deny ci *:*", method: "PUT", path: "users/ci/permissions", body: `{"effect":"deny","permission":"*:*"}`},
	{command: "perm grant ci orders:edit", method: "PUT", path: "users/ci/permissions", body: `{"permission":"orders:edit"}`}, // still denied
	{command: "perm revoke ci orders:edit", method: "DELETE", path: "users/ci/permissions?permission=orders:edit"},
	{command: "perm revoke ci orders:edit", method: "DELETE", path: "users/ci/permissions?permission=orders:edit", kind: "absent"},
	{command: "perm revoke ci ordres:view", method: "DELETE", path: "users/ci/permissions?permission=ordres:view", kind: "unknown name"},
	{command: "perm revoke ci *:*", method: "DELETE", path: "users/ci/permissions?permission=*:*"},
	{command: "perm grant ci products:view", method: "PUT", path: "users/ci/permissions", body: `{"permission":"products:view"}`},
	{command: "perm revoke ci products:view", method: "DELETE", path: "users/ci/permissions?permission=products:view"}, // still allowed
	{command: "perm grant ci orders:view --until 2020-01-01", method: "PUT", path: "users/ci/permissions", body: `{"permission":"orders:view","until":"2020-01-01"}`, kind: "invalid"},
	{command: "perm grant ci coupons:view --until 2099-01-01T00:00:00Z", method: "PUT", path: "users/ci/permissions", body: `{"permission":"coupons:view","until":"2099-01-01T00:00:00Z"}`},

	{command: "perm grant ci orders:view --draft " + strings.Repeat("x", 1001), method: "PUT", path: "users/ci/permissions?draft=" + strings.Repeat("x", 1001), body: `{"permission":"orders:view"}`, kind: "invalid"},
	{command: "perm deny ci " + manyPatterns(257, " "), method: "PUT", path: "users/ci/permissions", body: `{"effect":"deny","permission":["` + manyPatterns(257, `","`) + `"]}`, kind: "invalid"},
	{command: "perm deny carol " + manyPatterns(256, " ") + " --draft many", method: "PUT", path: "users/carol/permissions?draft=many", body: `{"effect":"deny","permission":["` + manyPatterns(256, `","`) + `"]}`},
	{command: "perm deny carol orders:view --draft many", method: "PUT", path: "users/carol/permissions?draft=many", body: `{"effect":"deny","permission":"orders:view"}`, kind: "state"},
	{command: "discard --draft many -y", method: "DELETE", path: "draft?draft=many"},

	// Roles.
	{command: "role add support --note answers", method: "POST", path: "roles", body: `{"name":"support","note":"answers"}`},
	{command: "role add support", method: "POST", path: "roles", body: `{"name":"support"}`, kind: "state"},
	{command: "role add team/support", method: "POST", path: "roles", body: `{"name":"team/support"}`, kind: "invalid"},
	{command: "role edit support --note x", method: "PUT", path: "roles/support", body: `{"note":"x"}`},
	{command: "role edit nothing --note x", method: "PUT", path: "roles/nothing", body: `{"note":"x"}`, kind: "missing"},
	{command: "role rename support aides", method: "PUT", path: "roles/support", body: `{"name":"aides"}`},
	{command: "role rename support aides", method: "PUT", path: "roles/support", body: `{"name":"aides"}`, kind: "missing"},
	{command: "role rename aides a:b", method: "PUT", path: "roles/aides", body: `{"name":"a:b"}`, kind: "invalid"},
	{command: "role rename aides support", method: "PUT", path: "roles/aides", body: `{"name":"support"}`},
	{command: "role grant support orders:view", method: "PUT", path: "roles/support/permissions", body: `{"permission":"orders:view"}`},
	{command: "role revoke support ordres:view", method: "DELETE", path: "roles/support/permissions?permission=ordres:view", kind: "unknown name"},
	{command: "role revoke support orders:edit", method: "DELETE", path: "roles/support/permissions?permission=orders:edit", kind: "absent"},
	{command: "role assign support ci", method: "PUT", path: "users/ci/roles", body: `{"role":"support"}`},
	{command: "role assign nothing ci", method: "PUT", path: "users/ci/roles", body: `{"role":"nothing"}`, kind: "missing"},
	{command: "role remove support -y", method: "DELETE", path: "roles/support", kind: "state"},
	{command: "role unassign support ci", method: "DELETE", path: "users/ci/roles?role=support"},
	{command: "role unassign support ci", method: "DELETE", path: "users/ci/roles?role=support", kind: "absent"},
	{command: "role remove support -y", method: "DELETE", path: "roles/support"},

	// Resources.
	{command: "resource add reports --title Reports", method: "POST", path: "resources", body: `{"name":"reports","title":"Reports"}`},
	{command: "resource add reports", method: "POST", path: "resources", body: `{"name":"reports"}`, kind: "state"},
	{command: "resource add notes --parent nothing", method: "POST", path: "resources", body: `{"name":"notes","parent":"nothing"}`, kind: "missing"},
	{command: "resource add Notes", method: "POST", path: "resources", body: `{"name":"Notes"}`, kind: "invalid"},
	{command: "resource add other --path /api/v2/orders", method: "POST", path: "resources", body: `{"name":"other","path":"/api/v2/orders"}`, kind: "state"},
	{command: "resource edit reports --title Monthly", method: "PUT", path: "resources/reports", body: `{"title":"Monthly"}`},
	{command: "resource edit reports --allow-origin https://app.example --allow-credentials", method: "PUT", path: "resources/reports", body: `{"allow_origins":["https://app.example"],"allow_credentials":true}`},
	{command: "resource edit reports --allow-origin https://app.example/", method: "PUT", path: "resources/reports", body: `{"allow_origins":["https://app.example","https://app.example/"]}`, kind: "invalid"},
	{command: "resource edit reports --pass-cors", method: "PUT", path: "resources/reports", body: `{"pass_cors":true}`, kind: "invalid"},
	{command: "resource edit reports --permission GET=anyone", method: "PUT", path: "resources/reports", body: `{"requests":[{"method":"GET","endpoint":"collection","anyone":true},{"method":"POST","endpoint":"collection","permission":"reports:create"},{"method":"DELETE","endpoint":"collection","permission":"reports:delete_all"},{"method":"GET","endpoint":"item","anyone":true},{"method":"PUT","endpoint":"item","permission":"reports:edit"},{"method":"DELETE","endpoint":"item","permission":"reports:delete"},{"method":"GET","endpoint":"count","anyone":true}]}`},
	{command: "resource edit users --permission GET=anyone", method: "PUT", path: "resources/users", body: `{"requests":[{"method":"GET","endpoint":"collection","anyone":true}]}`, kind: "invalid"},
	{command: "resource edit nothing --title x", method: "PUT", path: "resources/nothing", body: `{"title":"x"}`, kind: "missing"},
	{command: "resource edit reports --backend nonsense", method: "PUT", path: "resources/reports", body: `{"backend":"nonsense"}`, kind: "invalid"},
	{command: "resource remove coupons -y", method: "DELETE", path: "resources/coupons", kind: "state"}, // a rule is for it
	{command: "resource remove coupons -y --revoke-rules", method: "DELETE", path: "resources/coupons?revoke_rules=true"},
	{command: "resource remove nothing -y", method: "DELETE", path: "resources/nothing", kind: "missing"},

	// Settings.
	{command: "settings show", method: "GET", path: "settings"},
	{command: "settings show catalogue", method: "GET", path: "settings/catalogue"},
	{command: "settings show nothing", method: "GET", path: "settings/nothing", kind: "missing"},
	{command: "settings set token.max-grace 24h", method: "PUT", path: "settings/token.max-grace", body: `{"value":"24h"}`},
	{command: "settings set token.max-grace 24h", method: "PUT", path: "settings/token.max-grace", body: `{"value":"24h"}`},
	{command: "settings set token.max-grace soon", method: "PUT", path: "settings/token.max-grace", body: `{"value":"soon"}`, kind: "invalid"},
	{command: "settings set token.max-grace 31d", method: "PUT", path: "settings/token.max-grace", body: `{"value":"31d"}`, kind: "invalid"},
	{command: "settings set nothing 24h", method: "PUT", path: "settings/nothing", body: `{"value":"24h"}`, kind: "missing"},
	{command: "settings set catalogue nothing", method: "PUT", path: "settings/catalogue", body: `{"value":"nothing"}`, kind: "invalid"},
	{command: "settings set catalogue none", method: "PUT", path: "settings/catalogue", body: `{"value":"none"}`, kind: "state"}, // a rule is left
	{command: "settings unset catalogue", method: "DELETE", path: "settings/catalogue", kind: "absent"},
	{command: "settings unset nothing", method: "DELETE", path: "settings/nothing", kind: "missing"},
	{command: "settings unset token.max-grace", method: "DELETE", path: "settings/token.max-grace"},
	{command: "settings set token.max-grace 24h --save", method: "PUT", path: "settings/token.max-grace?save=true", body: `{"value":"24h"}`, kind: "conflict"}, // it is staged
	{command: "discard setting:all", method: "DELETE", path: "draft?name=setting:all"},
	{command: "settings set token.max-grace 24h --save", method: "PUT", path: "settings/token.max-grace?save=true", body: `{"value":"24h"}`},
	{command: "settings show token.max-grace", method: "GET", path: "settings/token.max-grace"},

	// Drafts and saves.
	{command: "discard resource:coupons", method: "DELETE", path: "draft?name=resource:coupons"},
	{command: "status", method: "GET", path: "draft"},
	{command: "status --draft other", method: "GET", path: "draft?draft=other"},
	{command: "status --draft " + strings.Repeat("x", 1001), method: "GET", path: "draft?draft=" + strings.Repeat("x", 1001), kind: "invalid"},
	{command: "diff", method: "GET", path: "draft/diff"},
	{command: "diff --draft other", method: "GET", path: "draft/diff?draft=other"},
	{command: "discard nobody", method: "DELETE", path: "draft?name=nobody", kind: "state"},
	{command: "rebase", method: "POST", path: "draft/rebase"},
	{command: "save nobody", method: "POST", path: "draft/save", body: `{"names":["nobody"]}`, kind: "state"},
	{command: "save nobody --dry-run", method: "POST", path: "draft/save", body: `{"names":["nobody"],"dry_run":true}`, kind: "state"},
	{command: "save ci --dry-run", method: "POST", path: "draft/save", body: `{"names":["ci"],"dry_run":true}`},
	{command: "save ci -m first", method: "POST", path: "draft/save", body: `{"names":["ci"],"message":"first"}`},
	{command: "save -m rest", method: "POST", path: "draft/save", body: `{"message":"rest"}`},
	{command: "save", method: "POST", path: "draft/save"},
	{command: "user edit ci --note again --save -m now", method: "PUT", path: "users/ci?save=true&message=now", body: `{"note":"again"}`},
	{command: "user remove p\u0430ypal -y --save", method: "DELETE", path: "users/p\u0430ypal?save=true"},
	{command: "user remove p\u0430ypal -y --save", method: "DELETE", path: "users/p\u0430ypal?save=true", kind: "missing"},

	{command: "rollback 99", method: "POST", path: "draft/rollback", body: `{"revision":99}`, kind: "missing"},
	{command: "rollback 0", method: "POST", path: "draft/rollback", body: `{"revision":0}`, kind: "missing"},
	{command: "rollback 1", method: "POST", path: "draft/rollback", body: `{"revision":1}`, kind: "conflict"},
	{command: "rollback 3", method: "POST", path: "draft/rollback", body: `{"revision":3}`},
	{command: "discard", method: "DELETE", path: "draft"},

	// What is live now.
	{command: "role add helpers --note helps --save", method: "POST", path: "roles?save=true", body: `{"name":"helpers","note":"helps"}`},
	{command: "role grant helpers brands:view customers:* --save", method: "PUT", path: "roles/helpers/permissions?save=true", body: `{"permission":["brands:view","customers:*"]}`},
	{command: "role assign helpers carol --save", method: "PUT", path: "users/carol/roles?save=true", body: `{"role":"helpers"}`},
	{command: "role rename helpers aides --save", method: "PUT", path: "roles/helpers?save=true", body: `{"name":"aides"}`},
	{command: "user show carol", method: "GET", path: "users/carol"},
	{command: "role rename aides helpers --save", method: "PUT", path: "roles/aides?save=true", body: `{"name":"helpers"}`},
	{command: "role add spare --save", method: "POST", path: "roles?save=true", body: `{"name":"spare"}`},
	{command: "role rename helpers spare", method: "PUT", path: "roles/helpers", body: `{"name":"spare"}`, kind: "state"},
	{command: "role assign spare carol --save", method: "PUT", path: "users/carol/roles?save=true", body: `{"role":"spare"}`},
	{command: "role remove spare -y --save", method: "DELETE", path: "roles/spare?save=true", kind: "state"},
	{command: "role remove spare -y --unassign --save", method: "DELETE", path: "roles/spare?save=true&unassign=true"},
	{command: "user list", method: "GET", path: "users"},
	{command: "user list --access on --sort created:desc", method: "GET", path: "users?access=on&sort=created:desc"},
	{command: "user list c* --limit 1", method: "GET", path: "users?name=c*&limit=1"},
	{command: "user list --sort nme", method: "GET", path: "users?sort=nme", kind: "invalid"},
	{command: "user list --access maybe", method: "GET", path: "users?access=maybe", kind: "invalid"},
	{command: "user list --role nothing", method: "GET", path: "users?role=nothing", kind: "missing"},
	{command: "user show Carol", method: "GET", path: "users/Carol"},
	{command: "user show carrol", method: "GET", path: "users/carrol", kind: "missing"},
	{command: "token show carol", method: "GET", path: "users/carol/token"},
	{command: "token show nobody", method: "GET", path: "users/nobody/token", kind: "missing"},
	{command: "perm show carol", method: "GET", path: "users/carol/permissions"},
	{command: "perm show nobody", method: "GET", path: "users/nobody/permissions", kind: "missing"},
	{command: "role list", method: "GET", path: "roles"},
	{command: "role show helpers", method: "GET", path: "roles/helpers"},
	{command: "role show nothing", method: "GET", path: "roles/nothing", kind: "missing"},
	{command: "resource list", method: "GET", path: "resources?limit=250"},
	{command: "resource show reports", method: "GET", path: "resources/reports"},
	{command: "resource show orders", method: "GET", path: "resources/orders"},
	{command: "resource show nothing", method: "GET", path: "resources/nothing", kind: "missing"},
	{command: "status", method: "GET", path: "draft"},

	// The log.
	{command: "log", method: "GET", path: "revisions"},
	{command: "log --limit 2", method: "GET", path: "revisions?limit=2"},
	{command: "log --user Carol", method: "GET", path: "revisions?user=Carol"},
	{command: "log --user nobody", method: "GET", path: "revisions?user=nobody", kind: "missing"},
	{command: "log --user a:b", method: "GET", path: "revisions?user=a:b", kind: "invalid"},
	{command: "log --role helpers", method: "GET", path: "revisions?role=helpers"},
	{command: "log --resource reports", method: "GET", path: "revisions?resource=reports"},
	{command: "log --operator user:admin", method: "GET", path: "revisions?operator=user:admin"},
	{command: "log --operator user:carol", method: "GET", path: "revisions?operator=user:carol"},
	{command: "log --operator admin", method: "GET", path: "revisions?operator=admin", kind: "invalid"},
	{command: "log --since 1h --until 2000-01-01", method: "GET", path: "revisions?since=1h&until=2000-01-01"},
	{command: "log --since soon", method: "GET", path: "revisions?since=soon", kind: "invalid"},
	{command: "log carol", method: "GET", path: "revisions?name=carol"},
	{command: "log role:helpers", method: "GET", path: "revisions?name=role:helpers"},
	{command: "log resource:reports", method: "GET", path: "revisions?name=resource:reports"},
	{command: "log orders", method: "GET", path: "revisions?name=orders"},
	{command: "log carrol", method: "GET", path: "revisions?name=carrol", kind: "missing"},
	{command: "log role:nothing", method: "GET", path: "revisions?name=role:nothing", kind: "missing"},
	{command: "log carol --role helpers", method: "GET", path: "revisions?name=carol&role=helpers", kind: "invalid"},
	{command: "show 6", method: "GET", path: "revisions/6"},
	{command: "show 99", method: "GET", path: "revisions/99", kind: "missing"},

	// Who may.
	{command: "can carol brands:view", method: "GET", path: "can?user=carol&permission=brands:view"},
	{command: "can ci orders:view", method: "GET", path: "can?user=ci&permission=orders:view"},
	{command: "can admin DELETE /api/v2/orders/5", method: "GET", path: "can?user=admin&method=DELETE&path=/api/v2/orders/5"},
	{command: "can carol get /api/v2/time", method: "GET", path: "can?user=carol&method=get&path=/api/v2/time"},
	{command: "can carol brands:view --at 2", method: "GET", path: "can?user=carol&permission=brands:view&revision=2"},
	{command: "can carol brands:view --at 99", method: "GET", path: "can?user=carol&permission=brands:view&revision=99", kind: "missing"},
	{command: "can carol brnads:view", method: "GET", path: "can?user=carol&permission=brnads:view", kind: "unknown name"},
	{command: "can carol brands", method: "GET", path: "can?user=carol&permission=brands", kind: "invalid"},
	{command: "can nobody brands:view", method: "GET", path: "can?user=nobody&permission=brands:view", kind: "missing"},
	{command: "can carol GET /api/v2/ordres", method: "GET", path: "can?user=carol&method=GET&path=/api/v2/ordres", kind: "unknown name"},
	{command: "can carol PATCH /api/v2/orders", method: "GET", path: "can?user=carol&method=PATCH&path=/api/v2/orders", kind: "unknown name"},
	{command: "can carol PUT /api/v2/can", method: "GET", path: "can?user=carol&method=PUT&path=/api/v2/can", kind: "unknown name"},
	{command: "can carol GET orders", method: "GET", path: "can?user=carol&method=GET&path=orders", kind: "invalid"},
}

// manyPatterns are so many permissions, one after another.
func manyPatterns(count int, between string) string {
	patterns := make([]string, count)
	for i := range patterns {
		patterns[i] = "a" + strconv.Itoa(i) + ":*"
	}
	return strings.Join(patterns, between)
}

// parityOutcome is what an operation came to, without what has to differ.
type parityOutcome struct {
	kind     string
	warnings []string
	nearest  []string
	draft    string // what is staged then
	saved    string // the newest revision then
	shown    string // the answer to a question
}

// TestInterfacesAgree makes every operation at the command line, and over HTTPS on another database, and compares what came
// of it: the kind of error, warnings, suggestions, the draft and the newest revision (C6).
func TestInterfacesAgree(t *testing.T) {
	t.Parallel()
	local, remote := newParitySide(t), newParitySide(t)
	server := remote.serve()
	for _, one := range parityCases {
		byCommand := local.command(t, one)
		byRequest := remote.request(t, server, one)
		if byCommand.kind != one.kind || byRequest.kind != one.kind {
			t.Errorf("%s: error %q at the command line, %q over HTTPS, want %q", one.command, byCommand.kind, byRequest.kind, one.kind)
		}
		if !slices.Equal(byCommand.warnings, byRequest.warnings) {
			t.Errorf("%s: warnings %q at the command line, %q over HTTPS", one.command, byCommand.warnings, byRequest.warnings)
		}
		if !slices.Equal(byCommand.nearest, byRequest.nearest) {
			t.Errorf("%s: suggested %q at the command line, %q over HTTPS", one.command, byCommand.nearest, byRequest.nearest)
		}
		if byCommand.draft != byRequest.draft {
			t.Errorf("%s: staged\n%s\nat the command line,\n%s\nover HTTPS", one.command, byCommand.draft, byRequest.draft)
		}
		if byCommand.shown != byRequest.shown {
			t.Errorf("%s: shown\n%s\nat the command line,\n%s\nover HTTPS", one.command, byCommand.shown, byRequest.shown)
		}
		if byCommand.saved != byRequest.saved {
			t.Errorf("%s: saved\n%s\nat the command line,\n%s\nover HTTPS", one.command, byCommand.saved, byRequest.saved)
		}
	}
}

// paritySide is one of the two databases. Both were filled alike.
type paritySide struct {
	*workshop
	token string // of admin
}

func newParitySide(t *testing.T) *paritySide {
	t.Helper()
	side := &paritySide{workshop: newWorkshop(t)}
	side.run("init")
	side.run("user", "add", "admin", "carol", "--save")
	side.run("perm", "grant", "admin", "*:*", "--save")
	side.run("token", "enable", "carol", "--save")
	side.token = strings.TrimSpace(side.run("token", "enable", "admin", "--save"))
	return side
}

// command makes an operation at the command line.
func (s *paritySide) command(t *testing.T, one parityCase) parityOutcome {
	t.Helper()
	args := append(strings.Fields(one.command), "--as", "admin")
	if one.method == http.MethodGet {
		args = append(args, "--output", "json")
	}
	command := exec.CommandContext(t.Context(), binary, args...)
	var output, messages bytes.Buffer
	command.Env, command.Stdout, command.Stderr = s.environment(), &output, &messages
	if err := command.Run(); err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	status := command.ProcessState.ExitCode()
	if status == exitNo && one.method == http.MethodGet {
		status = 0
	}
	outcome := s.outcome(one, status, messages.String(), 0)
	if status == 0 && one.method == http.MethodGet {
		outcome.shown = comparable(t, output.Bytes())
	}
	for line := range strings.Lines(messages.String()) {
		if warning, is := strings.CutPrefix(strings.TrimSpace(line), "warning: "); is {
			outcome.warnings = append(outcome.warnings, warning)
		}
	}
	return outcome
}

// request makes an operation over HTTPS.
func (s *paritySide) request(t *testing.T, server *runningServer, one parityCase) parityOutcome {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), one.method, server.url+"/api/v2/"+one.path, strings.NewReader(one.body))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("admin", s.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := server.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	status := answer.StatusCode
	if status < http.StatusBadRequest {
		status = 0
	}
	outcome := s.outcome(one, status, string(body), 1)
	if status == 0 && one.method == http.MethodGet {
		outcome.shown = comparable(t, body)
		return outcome
	}
	var edited struct{ Warnings []string }
	_ = json.Unmarshal(body, &edited) // a list of errors, or of what is staged, has none
	outcome.warnings = edited.Warnings
	if len(outcome.warnings) == 0 {
		outcome.warnings = nil
	}
	return outcome
}

// comparable is JSON without what has to differ between two databases and two operators. A command shows a list of one
// where a request is about one by its path; a response without a body is a list of none.
func comparable(t *testing.T, text []byte) string {
	t.Helper()
	if len(bytes.TrimSpace(text)) == 0 {
		text = []byte("[]")
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if list, is := value.([]any); is && len(list) == 1 {
		value = list[0]
	}
	content, err := json.MarshalIndent(dropDiffering(value), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// dropDiffering blanks what says when, by which way or with which token something happened.
func dropDiffering(value any) any {
	switch one := value.(type) {
	case []any:
		for i := range one {
			one[i] = dropDiffering(one[i])
		}
	case map[string]any:
		for _, beside := range []string{"database", "ca", "servers"} { // a command says which it looks at, and what stands beside it
			delete(one, beside)
		}
		for name := range one {
			one[name] = dropDiffering(one[name])
		}
		for _, name := range []string{"known_by", "source", "last_used_at"} { // tokens are used over HTTPS alone
			if _, has := one[name]; has {
				one[name] = "?"
			}
		}
	case string:
		for _, pattern := range []*regexp.Regexp{fingerprint, moment, head} {
			one = pattern.ReplaceAllString(one, "?")
		}
		return one
	}
	return value
}

const exitNo = 3

var (
	moment = regexp.MustCompile(`\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	head   = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

	meant       = regexp.MustCompile(`did you mean ([^?]*)\?`)
	fingerprint = regexp.MustCompile(`\b[0-9a-f]{12}\b`)
)

// outcome is what can be compared, after an operation that ended with a status: the exit status (which 0) or that of HTTP
// (which 1).
func (s *paritySide) outcome(one parityCase, status int, messages string, which int) parityOutcome {
	s.t.Helper()
	outcome := parityOutcome{kind: "status " + strconv.Itoa(status)}
	switch {
	case status == 0:
		outcome.kind = ""
	case one.kind != "" && parityKinds[one.kind][which] == status:
		outcome.kind = one.kind
	}
	if found := meant.FindStringSubmatch(messages); found != nil {
		outcome.nearest = strings.Split(found[1], " or ")
	}
	var changes []struct{ Object, Field, Before, After string }
	if err := json.Unmarshal([]byte(s.run("diff", "--as", "admin", "--output", "json")), &changes); err != nil {
		s.t.Fatal(err)
	}
	for _, change := range changes {
		outcome.draft += change.Object + " " + change.Field + ": " + change.Before + " → " + change.After + "\n"
	}
	newest := strings.TrimSpace(s.run("log", "--limit", "1", "--field", "revision"))
	var saved struct {
		Operator, Message string
		Changes           []struct{ Object, Field, Before, After string }
	}
	if err := json.Unmarshal([]byte(s.run("show", newest, "--output", "json")), &saved); err != nil {
		s.t.Fatal(err)
	}
	outcome.saved = newest + " " + saved.Operator + " " + saved.Message + "\n"
	for _, change := range saved.Changes {
		outcome.saved += change.Object + " " + change.Field + ": " + change.Before + " → " + change.After + "\n"
	}
	outcome.draft = fingerprint.ReplaceAllString(outcome.draft, "FINGERPRINT")
	outcome.saved = fingerprint.ReplaceAllString(outcome.saved, "FINGERPRINT")
	return outcome
}
