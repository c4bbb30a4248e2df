package cmd

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel"
	"latchkey/cmd/panel/local"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// desk is a database and a command line in this process, whose clock a test sets.
type desk struct {
	*db.DB
	server *db.DB // as a server has it
	t      testing.TB
	path   string
	now    time.Time
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{t: t, path: filepath.Join(t.TempDir(), "latchkey.db"), now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	options := db.Options{Clock: func() time.Time { return d.now }, Writable: true}
	err := db.Create(t.Context(), d.path, options, d.operator(), nil)
	if err == nil {
		d.DB, err = db.Open(t.Context(), d.path, options)
	}
	if err == nil {
		d.server, err = db.Open(t.Context(), d.path, db.Options{Clock: options.Clock, Watched: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(d.server.Close(), d.Close()) })
	return d
}

func (d *desk) operator() model.Operator {
	return local.OperatorOf((&app.App{Getenv: func(string) string { return "" }}).Operator())
}

// run runs one command and returns its exit status and what it wrote.
func (d *desk) run(args ...string) (status int, output, messages string) {
	d.t.Helper()
	var out, errs bytes.Buffer
	a := &app.App{In: strings.NewReader(""), Out: &out, Err: &errs, Random: rand.Reader, Clock: func() time.Time { return d.now },
		Getenv: func(name string) string { return map[string]string{"LATCHKEY_DB": d.path}[name] }}
	status = Run(d.t.Context(), a, args)
	return status, out.String(), errs.String()
}

func (d *desk) wantRun(want int, args ...string) (output, messages string) {
	d.t.Helper()
	status, output, messages := d.run(args...)
	if status != want {
		d.t.Fatalf("latchkey %s: got exit status %d, want %d\n%s%s", strings.Join(args, " "), status, want, output, messages)
	}
	return output, messages
}

// put makes an object be as given, in one save.
func (d *desk) put(object model.Object) {
	d.t.Helper()
	edit := db.Edit{Kind: object.Kind, Draft: drafts.Draft{Operator: d.operator()}, Names: []string{object.Name},
		Change: func(target *model.Target) error {
			next := object
			if target.Next != nil {
				next.ID, next.CreatedAt = target.Next.ID, target.Next.CreatedAt
			}
			target.Next = &next
			return nil
		}}
	if _, err := d.Confirmed(db.Lockout).SaveEdit(d.t.Context(), edit, ""); err != nil {
		d.t.Fatal(err)
	}
}

// enabled is a user with API access by the token that is called like it.
func (d *desk) enabled(name string, rules perms.Rules, roles ...string) model.Object {
	return model.Object{Kind: model.KindUser, Name: name, Rules: rules, Roles: roles,
		Access: tokens.Access{Current: tokens.DigestOf(name), IssuedAt: d.now}}
}

func someRules(t testing.TB, now time.Time, texts ...string) perms.Rules {
	t.Helper()
	var rules perms.Rules
	for _, text := range texts {
		words := strings.Fields(text)
		rule := perms.Rule{Effect: perms.Effect(words[0])}
		var err error
		if rule.Pattern, err = perms.ParsePattern(words[1]); err != nil {
			t.Fatal(err)
		}
		if len(words) == 3 {
			span, err := time.ParseDuration(words[2])
			if err != nil {
				t.Fatal(err)
			}
			rule.Until = now.Add(span)
		}
		rules = rules.With(rule)
	}
	return rules
}

func TestCan(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.put(model.Object{Kind: model.KindRole, Name: "support", Rules: someRules(t, d.now, "allow customers:view 2h", "deny *:delete_all")})
	d.put(d.enabled("ci", someRules(t, d.now, "allow orders:view", "allow orders:edit -1h", "allow products:*",
		"allow customers:view 1h", "deny pages:view 1h", "allow pages:*"), "support"))
	for name, test := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"yes":             {[]string{"orders:view"}, 0, "allowed\tyes|user\tci|permission\torders:view|reason\trule: allow orders:view"},
		"a request":       {[]string{"get", "/api/v2/orders/5/shipments.json"}, 0, "allowed\tyes|user\tci|permission\torders:view|reason\trule: allow orders:view"},
		"a whole URL":     {[]string{"HEAD", "https://shop.example/api/v2/orders?page=2#top"}, 0, "allowed\tyes|user\tci|permission\torders:view|reason\trule: allow orders:view"},
		"any user":        {[]string{"GET", "/api/v2/time"}, 0, "allowed\tyes|user\tci|reason\tany user with API access may"},
		"options":         {[]string{"OPTIONS", "/api/v2/orders"}, 0, "allowed\tyes|user\tci|reason\tany user with API access may"},
		"unknown":         {[]string{"revisions:edit_nothing"}, 4, ""},
		"until the later": {[]string{"customers:view"}, 0, "allowed\tyes|user\tci|permission\tcustomers:view|reason\trule: allow customers:view until 2026-11-23T13:00:00Z|until\t2026-11-23T14:00:00Z"},
		"ended": {[]string{"orders:edit"}, 3, "allowed\tno|user\tci|permission\torders:edit|reason\tno rule allows it|" +
			"near miss\tended: allow orders:edit until 2026-11-23T11:00:00Z|near miss\tother action: allow orders:view|near miss\tother resource: allow pages:*|near miss\tother resource: allow products:*"},
		"near misses": {[]string{"brands:view"}, 3, "allowed\tno|user\tci|permission\tbrands:view|reason\tno rule allows it|" +
			"near miss\tother resource: allow customers:view until 2026-11-23T13:00:00Z|near miss\tother resource: allow orders:view|" +
			"near miss\tother resource: allow pages:*|near miss\tother resource: allow products:*|" +
			"near miss\tother resource: allow customers:view until 2026-11-23T14:00:00Z (role support)"},
		"deny of a role beats allow": {[]string{"DELETE", "/api/v2/products"}, 3,
			"allowed\tno|user\tci|permission\tproducts:delete_all|reason\trule: deny *:delete_all (role support)|overruled\tallow products:*"},
		"deny that ends": {[]string{"pages:view"}, 3, "allowed\tno|user\tci|permission\tpages:view|" +
			"reason\trule: deny pages:view until 2026-11-23T13:00:00Z|until\t2026-11-23T13:00:00Z|overruled\tallow pages:*"},
	} {
		t.Run(name, func(t *testing.T) {
			output, _ := d.wantRun(test.status, append([]string{"can", "ci"}, test.args...)...)
			want := strings.ReplaceAll(test.want, "|", "\n")
			if got := strings.TrimSuffix(output, "\n"); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestRequestErrors: exit 4 with what would be right, for both verbs, and nothing on standard output.
func TestRequestErrors(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.put(d.enabled("ci", nil))
	for name, test := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"unknown path":        {[]string{"GET", "/api/v2/order/5"}, 4, "GET /api/v2/order/5: no resource at this path: did you mean /api/v2/orders/{id}"},
		"nothing near":        {[]string{"GET", "/"}, 4, "GET /: no resource at this path\n"},
		"host alone":          {[]string{"GET", "https://localhost:8443"}, 4, "no resource at this path"},
		"method not there":    {[]string{"POST", "/api/v2/orders/5"}, 4, "allowed there: DELETE, GET, HEAD, OPTIONS, PUT"},
		"PATCH":               {[]string{"PATCH", "/api/v2/orders/5"}, 4, "the path has DELETE, GET, HEAD, OPTIONS, PUT"},
		"PATCH of nothing":    {[]string{"PATCH", "/api/v2/none"}, 4, "no resource at this path"},
		"unknown permission":  {[]string{"order:view"}, 4, "did you mean orders:view"},
		"pattern":             {[]string{"orders:*"}, 2, "resource:action"},
		"method without path": {[]string{"GET"}, 2, "resource:action"},
		"no path":             {[]string{"GET", "api/v2/orders"}, 2, "is no path: write it as in a request"},
		"another scheme":      {[]string{"GET", "ftp://host/api/v2/orders"}, 2, "is no path"},
		"broken escape":       {[]string{"GET", "/api/v2/%zz"}, 2, "is no path"},
		"two states":          {[]string{"orders:view", "--staged", "--at", "1"}, 2, "use one of them"},
		"no such revision":    {[]string{"orders:view", "--at", "9"}, 4, "no such revision: 9"},
		"no revision":         {[]string{"orders:view", "--at", "-1"}, 2, "is no revision: write a number"},
		"unusable field":      {[]string{"orders:view", "--field", "nothing"}, 2, "unusable --field"},
	} {
		for _, verb := range [][]string{{"can", "ci"}, {"who"}} {
			t.Run(name+"/"+verb[0], func(t *testing.T) {
				output, messages := d.wantRun(test.status, append(slices.Clone(verb), test.args...)...)
				if output != "" || !strings.Contains(messages, test.want) {
					t.Errorf("got %q and %q, want only the messages %q", output, messages, test.want)
				}
			})
		}
	}
}

func TestCanWithoutAccess(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.put(model.Object{Kind: model.KindUser, Name: "off", Rules: someRules(t, d.now, "allow orders:view 1h")})
	output, _ := d.wantRun(app.ExitNo, "can", "off", "orders:view", "--output", "json")
	var got panel.Decision
	if err := json.Unmarshal([]byte(output), &got); err != nil {
		t.Fatal(err)
	}
	if got.Allowed || got.APIAccess || !got.RulesAllow || got.Rule == nil || got.Until != nil || got.Reason != "API access is off" {
		t.Errorf("got %s", output)
	}
	for permission, want := range map[string]string{
		"orders:view": "with access\tyes, rule: allow orders:view until 2026-11-23T13:00:00Z", "orders:edit": "with access\tno, no rule allows it",
	} {
		if output, _ := d.wantRun(app.ExitNo, "can", "off", permission); !strings.Contains(output, "reason\tAPI access is off\n"+want) {
			t.Errorf("got %q, want %q", output, want)
		}
	}
	if output, _ := d.wantRun(app.ExitNo, "can", "off", "GET", "/api/v2/time"); !strings.Contains(output, "with access\tyes, any user with API access may") {
		t.Errorf("got %q", output)
	}
}

func TestCanOfStates(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.put(d.enabled("ci", someRules(t, d.now, "allow orders:view 1h"))) // revision 1
	d.now = d.now.Add(2 * time.Hour)
	d.wantRun(app.ExitDone, "perm", "grant", "ci", "orders:edit", "--save") // revision 2
	d.wantRun(app.ExitDone, "perm", "grant", "ci", "orders:delete")
	d.wantRun(app.ExitDone, "user", "add", "new")

	d.wantRun(app.ExitNo, "can", "ci", "orders:view")
	_, messages := d.wantRun(app.ExitDone, "can", "ci", "orders:view", "--at", "1") // as it was when that was saved
	if !strings.Contains(messages, "as of revision 1, saved 2026-11-23T12:00:00Z by os:") {
		t.Errorf("got %q", messages)
	}
	d.wantRun(app.ExitNo, "can", "ci", "orders:edit", "--at", "1")
	d.wantRun(app.ExitUnknown, "can", "ci", "orders:edit", "--at", "0")
	_, messages = d.wantRun(app.ExitNo, "can", "ci", "orders:delete")
	if !strings.Contains(messages, "staged, not live: ci: rule orders:delete: allow; --staged counts it") {
		t.Errorf("got %q", messages)
	}
	output, messages := d.wantRun(app.ExitDone, "can", "ci", "orders:delete", "--staged", "--output", "jsonl")
	if messages != "" || !strings.Contains(output, `"state":"staged","revision":2,"moment":"2026-11-23T14:00:00Z"`) {
		t.Errorf("got %q and %q", output, messages)
	}
	if _, messages = d.wantRun(app.ExitUnknown, "can", "new", "orders:view"); !strings.Contains(messages, "it is staged, not saved yet") {
		t.Errorf("got %q", messages)
	}
	d.wantRun(app.ExitNo, "can", "new", "orders:view", "--staged")
}

// TestCanAgreesWithTheServer: for random rules, roles and access, `can` says of a request what authenticating and
// deciding it comes to, and `who` lists exactly those of whom `can` says yes.
func TestCanAgreesWithTheServer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	requests := []string{"GET /api/v2/orders", "DELETE /api/v2/orders", "PUT /api/v2/orders/7", "POST /api/v2/products/7/images",
		"HEAD /api/v2/products.xml", "GET /api/v2/time", "OPTIONS /api/v2/orders/7", "GET /api/v2/store/"}
	rapid.Check(t, func(rt *rapid.T) {
		for _, role := range []string{"r0", "r1"} {
			d.put(model.Object{Kind: model.KindRole, Name: role, Rules: drawRules(rt, d.now)})
		}
		users := []string{"u0", "u1", "u2"}
		for _, name := range users {
			roles := slices.DeleteFunc([]string{"r0", "r1"}, func(string) bool { return rapid.Bool().Draw(rt, "without role") })
			user := d.enabled(name, drawRules(rt, d.now), roles...)
			if rapid.IntRange(0, 3).Draw(rt, "off") == 0 {
				user.Access = tokens.Access{}
			}
			d.put(user)
		}
		words := strings.Fields(rapid.SampledFrom(requests).Draw(rt, "request"))
		var may []string
		for _, name := range users {
			if d.compareCan(rt, name, words) {
				may = append(may, name)
			}
		}
		listed, _ := d.wantRun(app.ExitDone, append([]string{"who", "--output", "name"}, words...)...)
		if got := strings.Fields(listed); !slices.Equal(got, may) {
			rt.Fatalf("who: got %v, want %v", got, may)
		}
	})
}

// compareCan compares the answer for one user and returns it.
func (d *desk) compareCan(rt *rapid.T, name string, words []string) bool {
	route, err := perms.Store().Route(words[0], "", words[1])
	if err != nil {
		rt.Fatal(err)
	}
	var want perms.Decision
	identity, err := d.server.Authenticate(context.Background(), name, tokens.DigestOf(name))
	if err == nil {
		want = identity.Decide(route.Request)
	} else if !errors.Is(err, model.ErrUnauthenticated) {
		rt.Fatal(err)
	}
	status, output, messages := d.run(append([]string{"can", name, "--output", "json"}, words...)...)
	var got panel.Decision
	if err := json.Unmarshal([]byte(output), &got); err != nil {
		rt.Fatalf("%v: %s%s", err, output, messages)
	}
	if got.Allowed != want.Allowed || (status == app.ExitDone) != want.Allowed || (status == app.ExitNo) == want.Allowed {
		rt.Fatalf("%s %v: got %v and exit status %d, want %v", name, words, got.Allowed, status, want)
	}
	if err == nil && want.Rule != nil {
		rule := panel.HeldRule{Rule: panel.Rule{Effect: want.Rule.Effect, Permission: want.Rule.Pattern.String()}, Role: want.Rule.Role}
		if !want.Rule.Until.IsZero() {
			rule.Until = &want.Rule.Until
		}
		if !reflect.DeepEqual(got.Rule, &rule) {
			rt.Fatalf("%s %v: got rule %+v, want %+v", name, words, got.Rule, rule)
		}
	}
	return want.Allowed
}

func drawRules(rt *rapid.T, now time.Time) perms.Rules {
	var rules perms.Rules
	for range rapid.IntRange(0, 4).Draw(rt, "rules") {
		rule := perms.Rule{Effect: rapid.SampledFrom([]perms.Effect{perms.Allow, perms.Allow, perms.Deny}).Draw(rt, "effect")}
		rule.Pattern.Resource = rapid.SampledFrom([]string{"orders", "products", "store", "*"}).Draw(rt, "resource")
		rule.Pattern.Action = rapid.SampledFrom([]string{"view", "edit", "delete_all", "*"}).Draw(rt, "action")
		if permission, exact := rule.Pattern.Exact(); exact && !perms.Store().Known(permission) {
			rule.Pattern.Action = "*" // no save adds a rule for what nothing needs
		}
		if rapid.Bool().Draw(rt, "ends") {
			rule.Until = now.Add(time.Duration(rapid.IntRange(-1, 1).Draw(rt, "hours")) * time.Hour)
		}
		rules = rules.With(rule)
	}
	return rules
}
