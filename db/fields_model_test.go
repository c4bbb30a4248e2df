package db_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
)

// fieldsModel is what edits of two fields of one user should come to, staged, saved directly, rebased and saved by three
// operators. It knows nothing of records, merging or SQL.
type fieldsModel struct {
	live    map[string]string
	moved   [][]string // by revision - 1: the fields that it changed
	pending map[string]*fieldsDraft
}

type fieldsDraft struct {
	base    map[string]string
	began   int
	changes map[string]string
}

func (m *fieldsModel) revision() int { return len(m.moved) }

func (m *fieldsModel) commit(changes map[string]string) {
	maps.Copy(m.live, changes)
	m.moved = append(m.moved, slices.Collect(maps.Keys(changes)))
}

// prune forgets what is as in the base, and the draft when nothing is left.
func (m *fieldsModel) prune(operator string) {
	draft := m.pending[operator]
	maps.DeleteFunc(draft.changes, func(field, value string) bool { return draft.base[field] == value })
	if len(draft.changes) == 0 {
		delete(m.pending, operator)
	}
}

func (m *fieldsModel) stage(operator, field, value string) {
	if m.pending[operator] == nil {
		m.pending[operator] = &fieldsDraft{maps.Clone(m.live), m.revision(), map[string]string{}}
	}
	m.pending[operator].changes[field] = value
	m.prune(operator)
}

// direct saves one field in one go; false is a conflict with the operator's own draft.
func (m *fieldsModel) direct(operator, field, value string) bool {
	if m.live[field] == value {
		return true
	}
	draft := m.pending[operator]
	if draft != nil {
		if _, staged := draft.changes[field]; staged {
			return false
		}
	}
	before := m.revision()
	m.commit(map[string]string{field: value})
	if draft != nil && draft.began == before {
		draft.base, draft.began = maps.Clone(m.live), m.revision()
		m.prune(operator)
	}
	return true
}

func (m *fieldsModel) save(operator string) bool {
	draft := m.pending[operator]
	if draft == nil {
		return true
	}
	if draft.began != m.revision() {
		return false
	}
	m.commit(draft.changes)
	delete(m.pending, operator)
	return true
}

func (m *fieldsModel) rebase(operator string) bool {
	draft := m.pending[operator]
	if draft == nil || draft.began == m.revision() {
		return true
	}
	for _, fields := range m.moved[draft.began:] {
		for _, field := range fields {
			if value, touched := draft.changes[field]; touched && value != m.live[field] {
				return false
			}
		}
	}
	draft.base, draft.began = maps.Clone(m.live), m.revision()
	m.prune(operator)
	return true
}

func setField(field, value string) model.Change {
	return on(func(user *model.Object) error {
		if field == "note" {
			user.Note = value
		} else {
			user.Email = value
		}
		return nil
	})
}

// TestFieldsAgainstModel runs random edits of three operators, staged and direct: no save lost, none doubled, every
// conflict reported, and the log verifies.
func TestFieldsAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		defer w.Close()
		w.saveEdit(ann, add, "u")
		m := &fieldsModel{live: map[string]string{"note": "", "email": ""}, pending: map[string]*fieldsDraft{}}
		m.moved = append(m.moved, []string{"name", "access"})
		for range rapid.IntRange(5, 25).Draw(rt, "steps") {
			runFieldStep(rt, w, m)
		}
		user, err := w.User(t.Context(), "u")
		if err != nil || user.Note != m.live["note"] || user.Email != m.live["email"] {
			rt.Fatalf("live: got note %q, email %q, %v; want %v", user.Note, user.Email, err, m.live)
		}
		if head, err := w.History().Head(t.Context()); err != nil || int(head.Number) != m.revision() {
			rt.Fatalf("got revision %d, %v; want %d", head.Number, err, m.revision())
		}
		if _, err := w.History().Verify(t.Context(), nil); err != nil {
			rt.Fatalf("the log does not verify: %v", err)
		}
	})
}

func runFieldStep(rt *rapid.T, w *world, m *fieldsModel) {
	operator := rapid.SampledFrom(modelOperators).Draw(rt, "operator")
	field := rapid.SampledFrom([]string{"note", "email"}).Draw(rt, "field")
	value := fmt.Sprint(rapid.IntRange(0, 3).Draw(rt, "value"))
	draft := drafts.Draft{Operator: model.Operator{Name: operator}}
	edit := db.Edit{Kind: model.KindUser, Draft: draft, Names: []string{"u"}, Change: setField(field, value)}
	var err error
	want := true
	action := rapid.SampledFrom([]string{"stage", "stage", "direct", "save", "rebase", "discard"}).Draw(rt, "action")
	switch action {
	case "stage":
		_, err = w.Stage(w.t.Context(), edit)
		m.stage(operator, field, value)
	case "direct":
		_, err = w.SaveEdit(w.t.Context(), edit, "")
		want = m.direct(operator, field, value)
	case "save":
		_, err = w.Save(w.t.Context(), draft, nil, "")
		want = m.save(operator)
	case "rebase":
		_, err = w.Rebase(w.t.Context(), draft, nil)
		want = m.rebase(operator)
	case "discard":
		_, err = w.Discard(w.t.Context(), draft, nil)
		delete(m.pending, operator)
	}
	if (err == nil) != want || (err != nil && !errors.Is(err, model.ErrConflict)) {
		rt.Fatalf("%s by %s of %s=%s: got %v, the model says %v", action, operator, field, value, err, want)
	}
	staged, err := w.Staged(w.t.Context(), draft)
	if err != nil || (len(staged) == 1) != (m.pending[operator] != nil) {
		rt.Fatalf("%s by %s: staged %v, %v; the model says %v", action, operator, staged, err, m.pending[operator])
	}
}
