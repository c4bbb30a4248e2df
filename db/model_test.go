package db_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
)

// model is what three operators' edits of a few users should come to: every user is just its note. It knows nothing
// of SQL, merging or fields.
type reference struct {
	live    map[string]modelUser
	pending map[string]map[string]modelDraft // by operator, by name
	saves   int
}

type modelUser struct {
	note    string
	changed int // number of the save that changed it last
}

type modelDraft struct {
	next    *string // nil: removed
	base    *modelUser
	existed bool
	fresh   bool // next is another user than base, of the same name
}

var modelOperators = []string{"os:ann", "os:bob", "os:cleo"}
var modelNames = []string{"u0", "u1", "u2"}

// view is the note the operator sees of a name, and whether there is such a user.
func (m *reference) view(operator, name string) (note string, ok bool) {
	if draft, staged := m.pending[operator][name]; staged {
		if draft.next == nil {
			return "", false
		}
		return *draft.next, true
	}
	user, ok := m.live[name]
	return user.note, ok
}

// stage records the next state of a name; nil removes it.
func (m *reference) stage(operator, name string, next *string) {
	draft, staged := m.pending[operator][name]
	if !staged {
		if user, ok := m.live[name]; ok {
			draft.base, draft.existed = &user, true
		}
	}
	_, exists := m.view(operator, name)
	draft.fresh = next != nil && (draft.fresh || !exists)
	draft.next = next
	same := draft.base != nil && next != nil && !draft.fresh && draft.base.note == *next
	if same || (draft.base == nil && next == nil) {
		delete(m.pending[operator], name)
		return
	}
	m.pending[operator][name] = draft
}

// save reports whether the operator's whole draft can go live, and makes it so.
func (m *reference) save(operator string) bool {
	for name, draft := range m.pending[operator] {
		user, ok := m.live[name]
		if draft.existed != ok || (ok && user.changed != draft.base.changed) {
			return false
		}
	}
	if len(m.pending[operator]) == 0 {
		return true
	}
	m.saves++
	for name, draft := range m.pending[operator] {
		if draft.next == nil {
			delete(m.live, name)
		} else {
			m.live[name] = modelUser{*draft.next, m.saves}
		}
	}
	m.pending[operator] = map[string]modelDraft{}
	return true
}

// TestDraftsAgainstModel runs random edits, saves and discards of three operators: no save lost, none doubled, every
// conflict reported.
func TestDraftsAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		defer w.Close()
		m := &reference{live: map[string]modelUser{}, pending: map[string]map[string]modelDraft{}}
		for _, operator := range modelOperators {
			m.pending[operator] = map[string]modelDraft{}
		}
		for step := range rapid.IntRange(5, 30).Draw(rt, "steps") {
			operator := rapid.SampledFrom(modelOperators).Draw(rt, "operator")
			name := rapid.SampledFrom(modelNames).Draw(rt, "name")
			runStep(rt, w, m, operator, name, step)
		}
		compareLive(rt, w, m)
	})
}

func runStep(rt *rapid.T, w *world, m *reference, operator, name string, step int) {
	draft := drafts.Draft{Operator: model.Operator{Name: operator}}
	_, exists := m.view(operator, name)
	text := fmt.Sprint("step ", step)
	stage := func(change model.Change, want error) {
		_, err := w.Stage(w.t.Context(), db.Edit{Kind: model.KindUser, Draft: draft, Names: []string{name}, Change: change})
		if !errors.Is(err, want) {
			rt.Fatalf("%s stages %s: got %v, want %v", operator, name, err, want)
		}
	}
	switch rapid.SampledFrom([]string{"add", "note", "note", "remove", "save", "save", "discard"}).Draw(rt, "action") {
	case "add":
		if exists {
			stage(add, model.ErrUserExists)
			return
		}
		stage(add, nil)
		empty := ""
		m.stage(operator, name, &empty)
	case "note":
		if !exists {
			stage(note(text), model.ErrNoUser)
			return
		}
		stage(note(text), nil)
		m.stage(operator, name, &text)
	case "remove":
		if !exists {
			stage(remove, model.ErrNoUser)
			return
		}
		stage(remove, nil)
		m.stage(operator, name, nil)
	case "save":
		_, err := w.Save(w.t.Context(), draft, nil, "")
		if saved := m.save(operator); saved != (err == nil) || (err != nil && !errors.Is(err, model.ErrConflict)) {
			rt.Fatalf("%s saves: got %v, the model says %v", operator, err, saved)
		}
	case "discard":
		if _, err := w.Discard(w.t.Context(), draft, nil); err != nil {
			rt.Fatal(err)
		}
		m.pending[operator] = map[string]modelDraft{}
	}
}

func compareLive(rt *rapid.T, w *world, m *reference) {
	users, err := w.Users(w.t.Context())
	if err != nil {
		rt.Fatal(err)
	}
	got := map[string]string{}
	for _, user := range users {
		got[user.Name] = user.Note
	}
	want := map[string]string{}
	for name, user := range m.live {
		want[name] = user.note
	}
	if !maps.Equal(got, want) {
		rt.Fatalf("live: got %v, want %v", got, want)
	}
	head, err := w.History().Head(w.t.Context())
	if err != nil || int(head.Number) != m.saves {
		rt.Fatalf("got revision %d, %v; want %d", head.Number, err, m.saves)
	}
	if !slices.IsSortedFunc(users, func(a, b model.Object) int { return strings.Compare(a.Name, b.Name) }) {
		rt.Fatal("users are not in order")
	}
}
