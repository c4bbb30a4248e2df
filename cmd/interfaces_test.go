package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/serve/api"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// editRow is one edit as it is made on the command line and over HTTPS. SELF stands for whoever makes it.
type editRow struct {
	command            string
	method, path, body string // of the request; a "?" in the path has parameters after it
}

var editRows = []editRow{
	{"user add new", "POST", "users", `{"name":"new"}`},
	{"user add new --note x", "POST", "users", `{"name":"new","note":"x"}`},
	{"user edit ci --note x", "PUT", "users/ci", `{"note":"x"}`},
	{"user edit ci --email x", "PUT", "users/ci", `{"email":"x"}`},
	{"user edit boss --note x", "PUT", "users/boss", `{"note":"x"}`},
	{"user rename ci build", "PUT", "users/ci/name", `{"name":"build"}`},
	{"user remove ci -y", "DELETE", "users/ci", ""},
	{"user remove boss -y", "DELETE", "users/boss", ""},
	{"token enable off", "PUT", "users/off/token", ""},
	{"token regenerate ci", "POST", "users/ci/token", ""},
	{"token regenerate boss", "POST", "users/boss/token", ""},
	{"token regenerate ci --grace 1h", "POST", "users/ci/token", `{"grace":"1h"}`},
	{"token disable ci", "DELETE", "users/ci/token", ""},
	{"token disable boss", "DELETE", "users/boss/token", ""},
	{"token disable SELF", "DELETE", "users/SELF/token", ""},
	{"perm grant ci orders:view", "PUT", "users/ci/permissions", `{"permission":"orders:view"}`},
	{"perm grant ci *:*", "PUT", "users/ci/permissions", `{"permission":"*:*"}`},
	{"perm grant SELF *:*", "PUT", "users/SELF/permissions", `{"permission":"*:*"}`},
	{"perm grant ci users:view users:edit --until 1h", "PUT", "users/ci/permissions", `{"permission":["users:view","users:edit"],"until":"1h"}`},
	{"perm deny ci orders:view", "PUT", "users/ci/permissions", `{"permission":"orders:view","effect":"deny"}`},
	{"perm deny boss *:*", "PUT", "users/boss/permissions", `{"permission":"*:*","effect":"deny"}`},
	{"perm revoke boss orders:view", "DELETE", "users/boss/permissions?permission=orders:view", ""},
	{"perm revoke ci orders:edit", "DELETE", "users/ci/permissions?permission=orders:edit", ""},
	{"role add new", "POST", "roles", `{"name":"new"}`},
	{"role add new --note x", "POST", "roles", `{"name":"new","note":"x"}`},
	{"role edit clerk --note x", "PUT", "roles/clerk", `{"note":"x"}`},
	{"role edit sales --note x", "PUT", "roles/sales", `{"note":"x"}`},
	{"role remove clerk -y", "DELETE", "roles/clerk", ""},
	{"role grant clerk orders:view", "PUT", "roles/clerk/permissions", `{"permission":"orders:view"}`},
	{"role deny sales *:*", "PUT", "roles/sales/permissions", `{"permission":"*:*","effect":"deny"}`},
	{"role revoke sales orders:view", "DELETE", "roles/sales/permissions?permission=orders:view", ""},
	{"role assign clerk ci", "PUT", "users/ci/roles", `{"role":"clerk"}`},
	{"role assign sales ci", "PUT", "users/ci/roles", `{"role":"sales"}`},
	{"resource add reports", "POST", "resources", `{"name":"reports"}`},
	{"resource add grafana --upstream http://127.0.0.1:3000", "POST", "resources", `{"name":"grafana","backend":"upstream","upstream":{"url":"http://127.0.0.1:3000"}}`},
	{"resource edit orders --title x", "PUT", "resources/orders", `{"title":"x"}`},
	{"resource edit pages --path /api/v2/leaves", "PUT", "resources/pages", `{"path":"/api/v2/leaves"}`},
	{"resource add wiki --upstream http://127.0.0.1:3000 --pass-field X-User-Id", "POST", "resources", `{"name":"wiki","upstream":{"url":"http://127.0.0.1:3000"},"pass_fields":["X-User-Id"]}`},
	{"resource remove brands -y", "DELETE", "resources/brands", ""},
	{"resource remove orders -y --revoke-rules", "DELETE", "resources/orders?revoke_rules=true", ""},
	{"role unassign sales boss", "DELETE", "users/boss/roles?role=sales", ""},
}

// bothInterfaces are a desk and a server on its database.
type bothInterfaces struct {
	*desk
	server *httptest.Server
}

func newBothInterfaces(t *testing.T) *bothInterfaces {
	t.Helper()
	d := newDesk(t)
	clock := func() time.Time { return d.now }
	users, err := db.Open(t.Context(), d.path, db.Options{Clock: clock, Watched: true})
	if err != nil {
		t.Fatal(err)
	}
	documents, err := data.Open(t.Context(), filepath.Join(filepath.Dir(d.path), "latchkey-data.db"), clock)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(api.New(api.Config{Users: users, Panel: d.DB, Data: documents, Clock: clock, Log: slog.New(slog.DiscardHandler)}))
	t.Cleanup(func() {
		server.Close()
		_ = users.Close()
		_ = documents.Close()
	})
	return &bothInterfaces{d, server}
}

// byCommand makes an edit at the command line: whether it is allowed, and the messages.
func (d *bothInterfaces) byCommand(actor string, row editRow, more ...string) (allowed bool, messages string) {
	d.t.Helper()
	args := append(strings.Fields(strings.ReplaceAll(row.command, "SELF", actor)), "--as", actor)
	status, _, messages := d.run(append(args, more...)...)
	if status != app.ExitDone && status != app.ExitRefused {
		d.t.Fatalf("latchkey %v: got exit status %d\n%s", args, status, messages)
	}
	return status == app.ExitDone, messages
}

// byRequest makes it over HTTPS: whether it is allowed, and else the permission that the answer says is missing.
func (d *bothInterfaces) byRequest(actor string, row editRow, parameter string) (allowed bool, missing string) {
	d.t.Helper()
	path := perms.BasePath + "/" + strings.ReplaceAll(row.path, "SELF", actor)
	if separator := "?"; parameter != "" {
		if strings.Contains(path, "?") {
			separator = "&"
		}
		path += separator + parameter
	}
	request, err := http.NewRequestWithContext(d.t.Context(), row.method, d.server.URL+path, strings.NewReader(row.body))
	if err != nil {
		d.t.Fatal(err)
	}
	request.SetBasicAuth(actor, actor)
	if row.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := d.server.Client().Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	switch response.StatusCode {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		return true, ""
	case http.StatusForbidden:
		var refusals []struct{ Details struct{ Permission string } }
		if err := json.Unmarshal(content, &refusals); err != nil || len(refusals) != 1 || refusals[0].Details.Permission == "" {
			d.t.Errorf("%s %s as %s: got %s, want the missing permission named", row.method, path, actor, content)
			return false, "?"
		}
		return false, refusals[0].Details.Permission
	}
	d.t.Errorf("%s %s as %s: got %d %s", row.method, path, actor, response.StatusCode, content)
	return false, "?"
}

// editActors are users who may do nothing, everything, all edits but nothing else, and one for each permission of the
// control panel that some edit takes, who holds that alone.
func (d *bothInterfaces) editActors(t *testing.T) []string {
	t.Helper()
	rules := map[string][]string{
		"nothing": nil, "everything": {"allow *:*"}, "nearly": {"allow *:*", "deny orders:view"},
		"editor": {"allow users:*", "allow tokens:*", "allow permissions:*", "allow roles:*", "allow resources:*"},
	}
	for i, row := range perms.Panel() {
		if row.Permission.Action == "view" {
			continue // no edit takes it
		}
		rules[fmt.Sprint("holder", i)] = []string{"allow " + row.Permission.String()}
	}
	var actors []string
	for name, texts := range rules {
		d.put(d.enabled(name, someRules(t, d.now, texts...)))
		actors = append(actors, name)
	}
	return actors
}

// TestBothInterfacesAllowTheSame: each edit by each of many users is allowed at the command line with --as exactly when it is
// over HTTPS, and where it is refused both miss the same permission.
func TestBothInterfacesAllowTheSame(t *testing.T) {
	t.Parallel()
	d := newBothInterfaces(t)
	d.put(model.Object{Kind: model.KindRole, Name: "clerk"})
	d.put(model.Object{Kind: model.KindRole, Name: "sales", Rules: someRules(t, d.now, "allow orders:view")})
	d.put(d.enabled("ci", someRules(t, d.now, "deny orders:edit")))
	d.put(d.enabled("boss", someRules(t, d.now, "allow orders:view"), "sales"))
	d.put(model.Object{Kind: model.KindUser, Name: "off"})
	actors := d.editActors(t)
	before, err := d.History().Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	allowed := 0
	for _, row := range editRows {
		for _, actor := range actors {
			if d.compare(t, actor, row) {
				allowed++
			}
		}
	}
	if after, err := d.History().Head(t.Context()); err != nil || after.Head != before.Head {
		t.Errorf("got revision %d, %v: something was saved, want %d", after.Number, err, before.Number)
	}
	if all := len(editRows) * len(actors); allowed < all/10 || allowed > all-all/10 {
		t.Errorf("got %d of %d edits allowed: the test shows little", allowed, all)
	}
}

// undo forgets what an actor has staged.
func (d *bothInterfaces) undo(actor string) {
	d.t.Helper()
	if _, err := d.Discard(d.t.Context(), drafts.Draft{Operator: model.ActingAs(actor, d.operator())}, nil); err != nil {
		d.t.Fatal(err)
	}
}

// compare makes one edit on the command line and over HTTPS and undoes it. What is refused is refused with the save in one go, too.
func (d *bothInterfaces) compare(t *testing.T, actor string, row editRow) (allowed bool) {
	t.Helper()
	allowed, messages := d.byCommand(actor, row)
	d.undo(actor)
	same, missing := d.byRequest(actor, row, "")
	d.undo(actor)
	if allowed != same || !allowed && !missesTheSame(messages, missing) {
		t.Errorf("%s: '%s' is allowed %v, %s %s is allowed %v, missing %s\n%s", actor, row.command, allowed, row.method, row.path, same, missing, messages)
	}
	if allowed || strings.HasPrefix(actor, "holder") {
		return allowed
	}
	savedByCommand, messages := d.byCommand(actor, row, "--save")
	savedByRequest, missing := d.byRequest(actor, row, "save=true")
	if savedByCommand || savedByRequest || !missesTheSame(messages, missing) {
		t.Errorf("%s with --save: '%s' is allowed %v, %s %s is allowed %v, missing %s\n%s", actor, row.command, savedByCommand, row.method, row.path, savedByRequest, missing, messages)
	}
	return false
}

// missesTheSame reports whether the command line names the permission that the request misses. Where only whoever may do
// everything makes the edit, a request without its route's permission gets no further than that.
func missesTheSame(messages, missing string) bool {
	return strings.Contains(messages, missing) || missing == "resources:edit" && strings.Contains(messages, "takes *:*")
}

// TestOwnTokenAtBothInterfaces: whoever holds tokens:rotate_own, and nobody without it but who may edit tokens, replaces their
// own token.
func TestOwnTokenAtBothInterfaces(t *testing.T) {
	t.Parallel()
	d := newBothInterfaces(t)
	for _, actor := range d.editActors(t) {
		own := editRow{"token regenerate SELF", "POST", "token", ""}
		may := perms.Decide(mustUser(t, d.desk, actor).Rules, perms.RotateOwn, verifiedtime.Known(d.now)).Allowed
		if allowed, missing := d.byRequest(actor, own, ""); allowed != may || !may && missing != perms.RotateOwn.String() {
			t.Errorf("%s: got allowed %v, missing %s, want %v", actor, allowed, missing, may)
		}
		d.undo(actor)
		edits := perms.Decide(mustUser(t, d.desk, actor).Rules, perms.Permission{Resource: "tokens", Action: "edit"}, verifiedtime.Known(d.now)).Allowed
		if allowed, messages := d.byCommand(actor, own); allowed != (may || edits) {
			t.Errorf("%s: got allowed %v at the command line, want %v: %s", actor, allowed, may || edits, messages)
		}
		d.undo(actor)
	}
}

func mustUser(t *testing.T, d *desk, name string) model.Object {
	t.Helper()
	user, err := d.User(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return user
}
