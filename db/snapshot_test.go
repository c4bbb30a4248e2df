package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/db"
	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/perms"
	"latchkey/tokens"
)

// withoutMarks is what marks are where the WAL-index cannot be read, or is not understood.
func withoutMarks(server *db.DB) { server.WithMarks(func(func()) {}) }

// serveBothWays opens the database as a server with marks does, and as one without.
func (w *world) serveBothWays() map[string]*db.DB {
	w.t.Helper()
	servers := map[string]*db.DB{"with marks": w.serve(), "without marks": w.serve()}
	withoutMarks(servers["without marks"])
	return servers
}

// TestSnapshotAgainstQueries: whatever another connection does, every decision is the one that is read from the tables
// at this moment.
func TestSnapshotAgainstQueries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		defer w.Close()
		servers := w.serveBothWays()
		for range rapid.IntRange(3, 9).Draw(rt, "steps") {
			kind, change, name := randomEdit(rt, w)
			if rapid.IntRange(0, 5).Draw(rt, "resource") == 0 {
				kind, name = model.KindResource, rapid.SampledFrom([]string{"reports", "orders"}).Draw(rt, "resource's name")
				change = rapid.SampledFrom([]model.Change{serve(reports()), title("other"), hide, remove}).Draw(rt, "resource's change")
			}
			edit := db.Edit{Kind: kind, Draft: ann, Names: []string{name}, Change: change}
			var err error
			switch rapid.SampledFrom([]string{"save", "save", "save", "stage", "save all", "roll back", "time", "checkpoint"}).Draw(rt, "step") {
			case "save":
				_, err = w.SaveEdit(t.Context(), edit, "")
			case "stage":
				_, err = w.Stage(t.Context(), edit)
			case "save all":
				_, err = w.Save(t.Context(), ann, nil, "")
			case "roll back":
				err = rollBackLast(w)
			case "time":
				w.advance(time.Hour)
			case "checkpoint":
				w.tamper(rapid.SampledFrom([]string{`PRAGMA wal_checkpoint(TRUNCATE)`, `VACUUM`}).Draw(rt, "how"))
			}
			_ = err // a refused edit has changed nothing, which is to be seen too
			for how, server := range servers {
				compareDecisions(rt, how, server, w.DB)
			}
		}
		for _, server := range servers {
			_ = server.Close()
		}
	})
}

func rollBackLast(w *world) error {
	head, err := w.History().Head(w.t.Context())
	if err != nil || head.Number == 0 {
		return err
	}
	_, err = w.SaveRollback(w.t.Context(), ann, head.Number, "")
	return err
}

// compareDecisions asks for everybody that there may be, with every token that there may be.
func compareDecisions(rt interface {
	Helper()
	Fatalf(format string, args ...any)
}, how string, server, oracle *db.DB) {
	rt.Helper()
	for _, name := range []string{"u0", "u1", "u2", "u3", "u4", "r0"} {
		for _, token := range []string{"u0", "u1", "u2"} {
			got, err := server.Authenticate(context.Background(), name, digest(token))
			want, wantErr := oracle.FromTables(context.Background(), name, digest(token))
			same := got.UserID == want.UserID && got.Name == want.Name && got.Retiring == want.Retiring &&
				reflect.DeepEqual(got.Rules(), want.Rules()) && fmt.Sprint(served(got)) == fmt.Sprint(served(want))
			if fmt.Sprint(err) != fmt.Sprint(wantErr) || !same {
				rt.Fatalf("%s, %s with the token of %s: got %+v, %v, %v; want %+v, %v, %v", how, name, token,
					got, got.Rules(), err, want, want.Rules(), wantErr)
			}
		}
	}
}

// served is the catalogue of somebody who is authenticated.
func served(identity snapshot.Identity) []perms.Resource {
	if identity.Catalogue == nil {
		return nil
	}
	return identity.Catalogue.Resources()
}

// TestNothingIsReadInVain: what saves nothing makes no request read users, and without a commit nothing is read at all.
func TestNothingIsReadInVain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("one")), "ci")
	server := w.serve()
	for range 100 {
		if _, err := server.Authenticate(t.Context(), "ci", digest("one")); err != nil {
			t.Fatal(err)
		}
	}
	if got := server.Renewals(); got != 0 {
		t.Errorf("got %d rounds without a commit, want none", got)
	}
	w.stage(ann, note("staged"), "ci")
	for range 100 {
		_, _ = server.Authenticate(t.Context(), "ci", digest("one"))
	}
	if got := server.Renewals(); got != 1 {
		t.Errorf("got %d rounds after one commit, want 1", got)
	}
}

// TestSavesAroundAMark: a save just before a mark is taken, and one just after it, decide the next request. A state that
// was read before its mark was taken would be taken for fresh.
func TestSavesAroundAMark(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before", "after"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.saveEdit(ann, add, "ci")
			w.saveEdit(ann, w.enable(digest("0")), "ci")
			server := w.serve()
			saves, armed := 0, false
			save := func() {
				if armed {
					saves++
					w.saveEdit(ann, regenerate(w, fmt.Sprint(saves)), "ci")
				}
			}
			server.WithMarks(func(taken func()) {
				if when == "before" {
					save()
				}
				taken()
				if when == "after" {
					save()
				}
			})
			armed = true
			_, _ = server.Authenticate(t.Context(), "ci", digest("0"))
			armed = false
			if saves == 0 {
				t.Fatal("nothing was saved, so nothing is tested")
			}
			for n := range saves + 1 {
				_, err := server.Authenticate(t.Context(), "ci", digest(fmt.Sprint(n)))
				if accepted := err == nil; accepted != (n == saves) {
					t.Errorf("token %d of %d: got %v", n, saves, err)
				}
			}
		})
	}
}

func regenerate(w *world, token string) model.Change {
	return on(func(user *model.Object) (err error) {
		user.Access, err = tokens.Regenerate(user.Access, user.Access, digest(token), 0, w.clock())
		return err
	})
}

// TestRolesReachTheirUsers: a role is one thing, however many users have it.
func TestRolesReachTheirUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.edit(ann, true, model.KindRole, add, "support"))
	w.saveEdit(ann, add, "ci", "cd")
	w.saveEdit(ann, w.enableEach(), "ci", "cd")
	w.saveEdit(ann, assign("support"), "ci", "cd")
	server := w.serve()
	for _, allowed := range []bool{false, true, false} {
		if allowed {
			w.must(w.edit(ann, true, model.KindRole, grant("orders:view"), "support"))
		} else {
			w.must(w.edit(ann, true, model.KindRole, setRule(perms.Rule{Effect: perms.Deny, Pattern: perms.Pattern(viewOrders.Permission)}), "support"))
		}
		for _, name := range []string{"ci", "cd"} {
			identity, err := server.Authenticate(t.Context(), name, digest(name))
			if err != nil || identity.Decide(viewOrders).Allowed != allowed {
				t.Errorf("%s: got %v, %v; want %v", name, identity.Rules(), err, allowed)
			}
		}
	}
}

// TestAnotherLineOfSaves puts other content into the file, with as many saves: numbers alone would not tell.
func TestAnotherLineOfSaves(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t), newWorld(t)
	for i, world := range []*world{w, other} {
		world.saveEdit(ann, add, "u0")
		world.saveEdit(ann, world.enable(digest([]string{"u0", "u1"}[i])), "u0")
	}
	servers := w.serveBothWays()
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", w.path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	statement := `ATTACH '` + other.path + `' AS other; BEGIN IMMEDIATE;`
	for _, table := range []string{"objects", "changes", "revisions"} {
		statement += `DELETE FROM main.` + table + `;`
	}
	for _, table := range []string{"revisions", "changes", "objects"} {
		statement += `INSERT INTO main.` + table + ` SELECT * FROM other.` + table + `;`
	}
	if _, err := raw.ExecContext(t.Context(), statement+`COMMIT`); err != nil {
		t.Fatal(err)
	}
	for how, server := range servers {
		compareDecisions(t, how, server, w.DB)
		if _, err := server.Authenticate(t.Context(), "u0", digest("u1")); err != nil {
			t.Errorf("%s: got %v, want the other content", how, err)
		}
	}
}

// TestDamageIsOnesOwn: a user with a damaged row cannot authenticate, and everybody else can (D11).
func TestDamageIsOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.edit(ann, true, model.KindRole, add, "support"))
	w.saveEdit(ann, add, "damaged", "sound", "helped")
	w.saveEdit(ann, w.enableEach(), "damaged", "sound", "helped")
	w.saveEdit(ann, assign("support"), "helped")
	w.tamper(`UPDATE objects SET note = 'flipped' WHERE name IN ('damaged', 'support')`)
	for how, server := range w.serveBothWays() {
		for name, want := range map[string]error{"damaged": model.ErrDamaged, "sound": nil, "helped": model.ErrDamaged} {
			if _, err := server.Authenticate(t.Context(), name, digest(name)); !errors.Is(err, want) {
				t.Errorf("%s, %s: got %v, want %v", how, name, err, want)
			}
			if _, err := server.Authenticate(t.Context(), name, digest("two")); !errors.Is(err, model.ErrUnauthenticated) {
				t.Errorf("%s, %s with a wrong token: got %v, want ErrUnauthenticated", how, name, err)
			}
		}
	}
}

// TestTroubleIsNeverTheOldState: what was proved fresh before says nothing of what was saved since (H10).
func TestTroubleIsNeverTheOldState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("one")), "ci")
	server := w.serve()
	w.tamper(`ALTER TABLE changes RENAME TO elsewhere; INSERT INTO revisions SELECT number + 1, saved_at, operator, known_by, source, message, zeroblob(32) FROM revisions WHERE number = 2`)
	var group sync.WaitGroup
	for range 16 { // those that wait for the same round too
		group.Go(func() {
			for range 30 {
				if _, err := server.Authenticate(t.Context(), "ci", digest("one")); err == nil || errors.Is(err, model.ErrUnauthenticated) {
					t.Errorf("got %v, want trouble", err)
				}
			}
		})
	}
	group.Wait()
	w.tamper(`ALTER TABLE elsewhere RENAME TO changes`)
	if _, err := server.Authenticate(t.Context(), "ci", digest("one")); err != nil {
		t.Errorf("afterwards: got %v", err)
	}
}
