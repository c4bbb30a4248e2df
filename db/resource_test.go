package db_test

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/perms"
)

// reports is a resource that no embedded catalogue has.
func reports() perms.Resource {
	need := func(action string) perms.Permission { return perms.Permission{Resource: "reports", Action: action} }
	return perms.Resource{Title: "Reports", Path: "/api/v2/reports", Backend: perms.Documents, Requests: []perms.Request{
		{Endpoint: perms.Collection, Method: "GET", Permission: need("view")},
		{Endpoint: perms.Collection, Method: "POST", Permission: need("create")},
		{Endpoint: perms.Item, Method: "GET", Permission: need("view")},
		{Endpoint: perms.Item, Method: "PUT", Permission: need("edit")},
	}}
}

func grafana() perms.Resource {
	return perms.Resource{Title: "Grafana", Host: "ops.example.com", Path: "/grafana", Backend: perms.Proxied,
		Upstream: perms.Upstream{URL: "http://127.0.0.1:3000/", StripPrefix: "/grafana", HostHeader: perms.HostOfUpstream, Timeout: 90 * time.Second, MaxBody: 1 << 20},
		Requests: []perms.Request{
			{Endpoint: perms.Tree, Method: "GET", AnyUser: true},
			{Endpoint: perms.Tree, Method: "POST", Permission: perms.Permission{Resource: "grafana", Action: "create"}},
		}}
}

// serve is the change that lays a resource over the catalogue, whatever was there.
func serve(resource perms.Resource) model.Change {
	return func(s *model.Target) error {
		s.Next = s.Next.Clone()
		if s.Next == nil {
			s.Next = &model.Object{Kind: s.Kind, Name: s.Name}
		}
		s.Next.Serve(resource)
		return nil
	}
}

func hide(s *model.Target) error {
	s.Next = &model.Object{Kind: s.Kind, Name: s.Name}
	s.Next.Hide()
	return nil
}

func edited(change func(served *perms.Resource)) model.Change {
	return on(func(resource *model.Object) error {
		served := resource.Served()
		change(&served)
		resource.Serve(served)
		return nil
	})
}

func title(text string) model.Change { return edited(func(r *perms.Resource) { r.Title = text }) }

func (w *world) resourceEdit(draft drafts.Draft, change model.Change, names ...string) db.Edit {
	return db.Edit{Kind: model.KindResource, Draft: draft, Names: names, Change: change}
}

func (w *world) stageResource(draft drafts.Draft, change model.Change, names ...string) {
	w.t.Helper()
	_, err := w.Stage(w.t.Context(), w.resourceEdit(draft, change, names...))
	w.must(err)
}

func (w *world) saveResource(draft drafts.Draft, change model.Change, names ...string) history.Revision {
	w.t.Helper()
	edited, err := w.SaveEdit(w.t.Context(), w.resourceEdit(draft, change, names...), "test")
	w.must(err)
	return edited.Revision
}

// title is the title that a resource has in a state; "" where there is no such resource.
func (w *world) title(state db.State, name string) string {
	w.t.Helper()
	catalogue, err := w.Catalogue(w.t.Context(), state)
	w.must(err)
	resource, _ := catalogue.Resource(name)
	return resource.Title
}

func TestResourcesAreStagedAndSaved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("token")), "ci")
	server := w.serve()
	routes := func() bool {
		identity, err := server.Authenticate(t.Context(), "ci", digest("token"))
		w.must(err)
		_, err = identity.Catalogue.Route("GET", "", "/api/v2/reports")
		return err == nil
	}

	w.stageResource(ann, serve(reports()), "reports")
	if routes() || w.title(db.State{}, "reports") != "" || w.title(db.StagedBy(bob), "reports") != "" {
		t.Error("a staged resource is served before its save, or is in another operator's draft")
	}
	if got := w.title(db.StagedBy(ann), "reports"); got != "Reports" {
		t.Errorf("staged: got title %q", got)
	}
	w.save(ann)
	if !routes() || w.title(db.AsOf(2), "reports") != "" || w.title(db.AsOf(3), "reports") != "Reports" {
		t.Error("after the save the resource is not served, or was so before")
	}

	w.saveResource(ann, title("Our orders"), "reports")
	w.saveResource(ann, hide, "orders")
	if w.title(db.State{}, "orders") != "" || w.title(db.AsOf(4), "orders") != "Orders" || w.title(db.State{}, "reports") != "Our orders" {
		t.Error("a hidden resource is served, or was hidden before")
	}
	w.saveResource(ann, remove, "orders")
	if w.title(db.State{}, "orders") != "Orders" {
		t.Error("a resource that is no longer hidden is not served")
	}
	if _, err := w.Catalogue(t.Context(), db.AsOf(99)); !errors.Is(err, model.ErrNoRevision) {
		t.Errorf("got %v, want ErrNoRevision", err)
	}
	_, err := w.History().Verify(t.Context(), nil)
	w.must(err)
}

// TestResourceKeepsEveryField: in a draft, in its row and in the log, from which a rollback takes it back.
func TestResourceKeepsEveryField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shipments := reports()
	shipments.Path, shipments.Parent, shipments.Aliases = "/api/v2/orders/{id}/reports", "orders", []string{"/api/v2/orders/reports"}
	for name, resource := range map[string]perms.Resource{"grafana": grafana(), "orders_reports": shipments} {
		resource.Name = name
		served := func(when string) {
			t.Helper()
			object, err := w.Object(t.Context(), model.KindResource, name)
			w.must(err)
			if got, want := fmt.Sprintf("%+v", object.Served()), fmt.Sprintf("%+v", resource); got != want {
				t.Errorf("%s: got\n%s, want\n%s", when, got, want)
			}
		}
		w.stageResource(ann, serve(resource), name)
		w.save(ann)
		served("saved")
		gone := w.saveResource(ann, remove, name)
		_, err := w.SaveRollback(t.Context(), ann, gone.Number, "back")
		w.must(err)
		served("rolled back")
	}
}

func TestFieldsOfResourcesConflictEachForItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveResource(ann, serve(grafana()), "grafana")
	w.stageResource(ann, title("ann's"), "grafana")
	w.stageResource(bob, edited(func(r *perms.Resource) {
		r.Upstream.Timeout = time.Minute
		r.Requests[1].Permission.Action = "write"
	}), "grafana")
	w.save(ann)

	var conflict *model.ConflictError
	if _, err := w.Save(t.Context(), bob, nil, ""); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "resource:grafana: os:ann changed title in revision 2") {
		t.Fatalf("got %v, want a conflict about the title", err)
	}
	_, err := w.Rebase(t.Context(), bob, nil)
	w.must(err)
	w.save(bob)
	object, err := w.Object(t.Context(), model.KindResource, "grafana")
	w.must(err)
	served := object.Served()
	if served.Title != "ann's" || served.Upstream.Timeout != time.Minute || served.Requests[1].Permission.Action != "write" || !served.Requests[0].AnyUser {
		t.Errorf("after the rebase: %+v", served)
	}

	w.stageResource(ann, title("once more"), "grafana")
	w.saveResource(bob, title("bob's"), "grafana")
	if _, err := w.Rebase(t.Context(), ann, nil); !errors.Is(err, model.ErrConflict) || !strings.Contains(err.Error(), "title") {
		t.Errorf("got %v, want a conflict about the title", err)
	}
}

func TestResourcesMustGoTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	elsewhere := reports()
	elsewhere.Path = "/api/v2/orders"
	child := reports()
	child.Path, child.Parent = "/api/v2/reports/{id}/pages", "reports"
	for what, try := range map[string]func() error{
		"the path of an embedded one": func() error {
			_, err := w.Stage(t.Context(), w.resourceEdit(ann, serve(elsewhere), "reports"))
			return err
		},
		"a parent that is not there, saved": func() error {
			_, err := w.SaveEdit(t.Context(), w.resourceEdit(ann, serve(child), "reports_pages"), "")
			return err
		},
		"a parent that is not there, previewed": func() error {
			_, err := w.Preview(t.Context(), w.resourceEdit(ann, serve(child), "reports_pages"), true)
			return err
		},
	} {
		if err := try(); !errors.Is(err, model.ErrCatalogue) || !errors.Is(err, perms.ErrResource) {
			t.Errorf("%s: got %v, want ErrCatalogue", what, err)
		}
	}

	w.stageResource(ann, serve(reports()), "reports")
	w.stageResource(ann, serve(child), "reports_pages")
	if _, err := w.Stage(t.Context(), w.resourceEdit(ann, remove, "reports")); !errors.Is(err, model.ErrCatalogue) {
		t.Errorf("removing a staged parent: got %v, want ErrCatalogue", err)
	}
	if _, err := w.Save(t.Context(), ann, []string{"resource:reports_pages"}, ""); !errors.Is(err, model.ErrCatalogue) {
		t.Errorf("saving the child alone: got %v, want ErrCatalogue", err)
	}
	w.save(ann)
	if _, err := w.SaveEdit(t.Context(), w.resourceEdit(bob, remove, "reports"), ""); !errors.Is(err, model.ErrCatalogue) {
		t.Errorf("removing a live parent: got %v, want ErrCatalogue", err)
	}
	w.stageResource(bob, remove, "reports", "reports_pages")
	w.save(bob)
}

// TestDraftsThatGoTogetherOnlyAlone: each was fine when it was staged; the save looks again.
func TestDraftsThatGoTogetherOnlyAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stageResource(ann, serve(reports()), "reports")
	w.stageResource(bob, serve(reports()), "summaries")
	w.save(ann)
	if _, err := w.Save(t.Context(), bob, nil, ""); !errors.Is(err, model.ErrCatalogue) {
		t.Fatalf("got %v, want ErrCatalogue", err)
	}
	if _, err := w.Catalogue(t.Context(), db.StagedBy(bob)); !errors.Is(err, model.ErrCatalogue) {
		t.Errorf("the catalogue of the draft: got %v, want ErrCatalogue", err)
	}
	staged := w.staged(bob)
	if len(staged) != 1 || !strings.Contains(staged[0].Blocked, "summaries") {
		t.Errorf("what stands against the save: got %+v", staged)
	}
	if got := w.title(db.State{}, "summaries"); got != "" {
		t.Errorf("it was saved all the same: %q", got)
	}
}

func TestWhoMayEditResources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	actors := map[string]string{"root": "*:*", "editor": "resources:edit", "remover": "resources:delete", "adder": "resources:create", "viewer": "resources:view"}
	for name, pattern := range actors {
		w.saveEdit(ann, add, name)
		w.saveEdit(ann, w.enable(digest(name)), name)
		w.saveEdit(ann, grant(pattern), name)
	}
	w.saveResource(ann, serve(reports()), "reports")
	w.saveResource(ann, hide, "brands")
	ofHost, child := reports(), reports()
	ofHost.Host = "vip.example.com"
	child.Path, child.Parent = "/api/v2/reports/{id}/pages", "reports"
	w.saveResource(ann, serve(ofHost), "vip_reports")
	w.saveResource(ann, serve(child), "reports_pages")
	onlyRoot := []string{"root"}
	lax := edited(func(r *perms.Resource) {
		r.Requests[0] = perms.Request{Endpoint: perms.Collection, Method: "GET", AnyUser: true}
	})
	replaced, _ := perms.Store().Resource("coupons")
	replaced.Title = "Vouchers"
	tests := []struct {
		what   string
		change model.Change
		name   string
		may    []string
	}{
		{"the title", title("Other"), "reports", []string{"editor", "root"}},
		{"the title of an embedded one", serve(replaced), "coupons", []string{"editor", "root"}},
		{"a permission", lax, "reports", onlyRoot},
		{"the path", edited(func(r *perms.Resource) { r.Path = "/api/v2/other" }), "vip_reports", onlyRoot},
		{"the host", edited(func(r *perms.Resource) { r.Host = "other.example.com" }), "vip_reports", onlyRoot},
		{"an alias", edited(func(r *perms.Resource) { r.Aliases = []string{"/api/v2/other"} }), "reports", onlyRoot},
		{"the parent", edited(func(r *perms.Resource) { r.Path, r.Parent = "/api/v2/all_pages", "" }), "reports_pages", onlyRoot},
		{"to add one", serve(grafana()), "grafana", onlyRoot},
		{"to remove one", remove, "reports_pages", []string{"remover", "root"}},
		{"to remove one of a host", remove, "vip_reports", onlyRoot},
		{"to hide an embedded one", hide, "orders", []string{"remover", "root"}},
		{"to bring an embedded one back", remove, "brands", []string{"adder", "root"}},
	}
	check := func(when string) {
		t.Helper()
		for _, test := range tests {
			for _, actor := range slices.Sorted(maps.Keys(actors)) {
				draft := drafts.Draft{Operator: model.ActingAs(actor, ann.Operator)}
				_, err := w.Preview(t.Context(), w.resourceEdit(draft, test.change, test.name), true)
				if slices.Contains(test.may, actor) != (err == nil) || err != nil && !errors.Is(err, perms.ErrRefused) {
					t.Errorf("%s, %s by %s: got %v", when, test.what, actor, err)
				}
			}
		}
	}
	check("alone")
	w.saveResource(ann, serve(grafana()), "monitor")
	tests = slices.DeleteFunc(tests, func(test struct {
		what   string
		change model.Change
		name   string
		may    []string
	}) bool {
		return strings.HasPrefix(test.what, "to add")
	})
	for i := range tests {
		if !strings.HasPrefix(tests[i].what, "the title") {
			tests[i].may = onlyRoot
		}
	}
	check("beside a service")
}

// TestDamagedResourceAnswersNobody: a permission that no save wrote must not be decided by (D11).
func TestDamagedResourceAnswersNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("token")), "ci")
	w.saveResource(ann, serve(reports()), "reports")
	pool, err := sql.Open("sqlite", w.path)
	w.must(err)
	defer pool.Close()
	result, err := pool.ExecContext(t.Context(), `UPDATE objects SET definition = replace(definition, 'reports:edit', 'reports:view') WHERE kind = 'resource'`)
	w.must(err)
	if rows, err := result.RowsAffected(); err != nil || rows != 1 {
		t.Fatalf("nothing was damaged: %d, %v", rows, err)
	}
	if _, err := w.serve().Authenticate(t.Context(), "ci", digest("token")); !errors.Is(err, model.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	if _, err := w.History().Verify(t.Context(), nil); !errors.Is(err, model.ErrDamaged) {
		t.Errorf("verifying the log: got %v, want ErrDamaged", err)
	}
}
