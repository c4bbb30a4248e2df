package db_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/db"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// clockModel knows nothing of revisions, marks or proofs: only what has been seen to end, and the latest time that was seen.
type clockModel struct {
	seen     time.Time
	tokens   map[string]*ending // all but the current token of ci
	rules    map[string]*ending // by permission
	current  string
	made     int
	revision int64
}

// ending is what ends: a retiring token or a rule.
type ending struct {
	end   time.Time
	ended bool // it was seen to
}

// see notes what has ended by a moment that everybody can know has passed.
func (m *clockModel) see(at time.Time) {
	if at.After(m.seen) {
		m.seen = at
	}
	m.each(func(one *ending) { one.ended = one.ended || !m.seen.Before(one.end) })
}

func (m *clockModel) each(visit func(one *ending)) {
	for _, all := range []map[string]*ending{m.tokens, m.rules} {
		for _, one := range all {
			visit(one)
		}
	}
}

// behind is what the requirement calls so: by more than a minute.
func (m *clockModel) behind(clock time.Time) bool { return m.seen.Sub(clock) > time.Minute }

// goesOn is whether something is still to be had.
func (m *clockModel) goesOn(one *ending, clock time.Time) bool {
	return !one.ended && !m.behind(clock) && clock.Before(one.end)
}

// TestJumpingClock lets the clock jump as it likes around saves, marks of a server and resets, and compares every way in which
// something is decided with the model: nothing that was seen to end begins again, and all else is as the clock says.
func TestJumpingClock(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		defer w.Close()
		w.saveEdit(ann, add, "ci", "other")
		w.saveEdit(ann, w.enable(digest("0")), "ci")
		m := &clockModel{tokens: map[string]*ending{}, rules: map[string]*ending{}, current: "0", revision: 2}
		m.see(w.clock())
		doors := map[string]*db.DB{"server": w.serve(), "commands": w.open(false)}
		for range rapid.IntRange(3, 12).Draw(rt, "steps") {
			w.jumpingStep(rt, m)
			for name, door := range doors {
				m.check(rt, w, name, door)
			}
		}
	})
}

func (w *world) jumpingStep(rt *rapid.T, m *clockModel) {
	hours := func(from, to int) time.Duration {
		return time.Duration(rapid.IntRange(from, to).Draw(rt, "half hours")) * 30 * time.Minute
	}
	switch step := rapid.SampledFrom([]string{"pass", "jump", "nudge", "grant", "regenerate", "take away", "mark", "reset"}).Draw(rt, "step"); step {
	case "pass":
		w.advance(hours(0, 4))
	case "jump":
		w.advance(hours(-8, 8))
	case "nudge":
		w.advance(time.Duration(rapid.IntRange(-61, 61).Draw(rt, "seconds")) * time.Second)
	case "grant":
		resource := fmt.Sprintf("given%d", m.revision) // which is not there: a pattern, as a save refuses the permission
		end := w.clock().Add(hours(1, 6))
		if w.jumpingSave(rt, m, db.Edit{Draft: ann, Names: []string{"ci"}, Change: ruleUntil(perms.Allow, resource+":*", end)}, true) {
			m.rules[resource+":view"] = &ending{end: end}
		}
	case "regenerate":
		m.made++
		fresh, grace := fmt.Sprint(m.made), hours(0, 6)
		if w.jumpingSave(rt, m, db.Edit{Draft: ann, Names: []string{"ci"}, Change: w.regenerate(digest(fresh), grace)}, true) {
			for _, one := range m.tokens {
				one.ended = true
			}
			m.tokens[m.current] = &ending{end: m.seen.Add(grace), ended: grace == 0}
			m.current = fresh
		}
	case "take away":
		w.jumpingSave(rt, m, db.Edit{Draft: ann, Names: []string{"other"}, Change: ruleUntil(perms.Deny, fmt.Sprintf("orders:take%d", m.revision), time.Time{})}, false)
	case "mark": // as a server does
		proof, err := w.TimeProof(w.t.Context())
		w.must(err)
		if proof.Mark.Reset < proof.Reset || w.clock().After(proof.Mark.At) {
			w.mark.Store(&verifiedtime.Mark{At: w.clock(), Reset: proof.Reset})
		}
		m.see(w.clock())
	case "reset":
		m.reset(rt, w)
	}
}

// jumpingSave saves an edit, unless it gives something while the clock is behind.
func (w *world) jumpingSave(rt *rapid.T, m *clockModel, edit db.Edit, gives bool) bool {
	edit.Kind = "user"
	edited, err := w.SaveEdit(w.t.Context(), edit, "")
	if gives && m.behind(w.clock()) {
		if !errors.Is(err, db.ErrClockBehind) {
			rt.Fatalf("got %v, want a refusal", err)
		}
		return false
	}
	revision := edited.Revision
	if err != nil || revision.Number != m.revision+1 || revision.SavedAt.Before(w.clock()) || revision.SavedAt.Before(m.seen) {
		rt.Fatalf("got %+v, %v; want a save that is not before %v", revision, err, m.seen)
	}
	m.revision = revision.Number
	m.see(revision.SavedAt)
	return true
}

func (m *clockModel) reset(rt *rapid.T, w *world) {
	reset, err := w.ResetClock(w.t.Context(), ann.Operator, "")
	w.must(err)
	if done := reset.Revision.Number != 0; done != m.behind(w.clock()) {
		rt.Fatalf("got %+v with the clock at %v, and %v was seen", reset, w.clock(), m.seen)
	} else if done {
		m.revision, m.seen = reset.Revision.Number, w.clock()
		m.each(func(one *ending) { one.ended = true })
	}
}

// check asks one way in which who may do what is decided.
func (m *clockModel) check(rt *rapid.T, w *world, name string, door *db.DB) {
	identity, err := door.Identify(w.t.Context(), "ci", digest(m.current))
	if err != nil {
		rt.Fatalf("%s: the current token: %v", name, err)
	}
	if identity.Now.Behind() != m.behind(w.clock()) || identity.Now.At().Before(m.seen) {
		rt.Fatalf("%s: got %+v with the clock at %v, and %v was seen", name, identity.Now, w.clock(), m.seen)
	}
	for token, one := range m.tokens {
		_, err := door.Identify(w.t.Context(), "ci", digest(token))
		if want := m.goesOn(one, w.clock()); (err == nil) != want {
			rt.Fatalf("%s: token %s until %v at %v (seen: %v): got %v, want accepted %t", name, token, one.end, w.clock(), m.seen, err, want)
		}
	}
	for permission, one := range m.rules {
		parsed, err := perms.ParsePermission(permission)
		w.must(err)
		if got, want := identity.Decide(perms.Request{Permission: parsed}).Allowed, m.goesOn(one, w.clock()); got != want {
			rt.Fatalf("%s: %s until %v at %v (seen: %v): got %t, want %t", name, permission, one.end, w.clock(), m.seen, got, want)
		}
	}
}
