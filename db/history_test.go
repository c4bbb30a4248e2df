package db_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/db/history"
	"latchkey/db/model"
)

// numbers of the revisions that a filter chooses.
func (w *world) numbers(filter history.Filter) ([]int64, error) {
	numbers := []int64{}
	err := w.History().Log(w.t.Context(), filter, func(revision history.Revision) error {
		numbers = append(numbers, revision.Number)
		return nil
	})
	return numbers, err
}

func TestLogIsFiltered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	began := w.clock()
	w.saveEdit(ann, add, "ci", "other") // 1, and the others an hour apart
	for _, save := range []func(){
		func() { w.saveEdit(bob, rename("build"), "ci") },
		func() { w.saveEdit(ann, remove, "other") },
		func() { w.must(w.edit(bob, true, model.KindRole, add, "ci")) },
		func() { w.saveEdit(ann, add, "other") },
		func() { w.saveEdit(bob, note("x"), "build") },
	} {
		w.advance(time.Hour)
		save()
	}
	for name, test := range map[string]struct {
		filter history.Filter
		want   []int64
	}{
		"all":                       {history.Filter{}, []int64{6, 5, 4, 3, 2, 1}},
		"limit":                     {history.Filter{Limit: 2}, []int64{6, 5}},
		"limit beyond":              {history.Filter{Limit: 7}, []int64{6, 5, 4, 3, 2, 1}},
		"operator":                  {history.Filter{Operator: "os:bob"}, []int64{6, 4, 2}},
		"operator and limit":        {history.Filter{Operator: "os:bob", Limit: 1}, []int64{6}},
		"nobody":                    {history.Filter{Operator: "os:eve"}, []int64{}},
		"user by the name now":      {history.Filter{User: "build"}, []int64{6, 2, 1}},
		"user by the name then":     {history.Filter{User: "ci"}, []int64{6, 2, 1}},
		"both users of one name":    {history.Filter{User: "other"}, []int64{5, 3, 1}},
		"role of a user's name":     {history.Filter{Role: "ci"}, []int64{4}},
		"since is included":         {history.Filter{Since: began.Add(4 * time.Hour)}, []int64{6, 5}},
		"until is not":              {history.Filter{Until: began.Add(2 * time.Hour)}, []int64{2, 1}},
		"everything must hold":      {history.Filter{User: "other", Operator: "os:ann", Since: began.Add(time.Hour), Until: began.Add(3 * time.Hour)}, []int64{3}},
		"user and role of one save": {history.Filter{User: "build", Role: "ci"}, []int64{}},
	} {
		if got, err := w.numbers(test.filter); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, test.want)
		}
	}
	for _, filter := range []history.Filter{{User: "nobody"}, {User: "c"}, {Role: "other"}} {
		if got, err := w.numbers(filter); len(got) > 0 || !errors.Is(err, model.ErrNoUser) && !errors.Is(err, model.ErrNoRole) {
			t.Errorf("%+v: got %v, %v; want that there never was one", filter, got, err)
		}
	}
}

func TestLogNamesThatNeedEscaping(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, `a"b`, `a\b`, "a<b", "日本", "a")
	w.saveEdit(ann, note("x"), `a"b`)
	for name, want := range map[string]int{`a"b`: 2, `a\b`: 1, "a<b": 1, "日本": 1, "a": 1} {
		if got, err := w.numbers(history.Filter{User: name}); err != nil || len(got) != want {
			t.Errorf("%s: got %v, %v; want %d revisions", name, got, err, want)
		}
	}
}

func TestLogVisitsWholeRevisionsUntilAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stage(ann, add, "zoe", "ci")
	w.must(w.edit(ann, false, model.KindRole, add, "support"))
	if _, err := w.Save(t.Context(), ann, nil, "three of them"); err != nil {
		t.Fatal(err)
	}
	w.saveEdit(bob, note("x"), "ci")
	var last history.Revision
	err := w.History().Log(t.Context(), history.Filter{}, func(revision history.Revision) error {
		last = revision
		return nil
	})
	w.must(err)
	labels := []string{}
	for _, change := range last.Changes {
		labels = append(labels, change.Label())
	}
	if want := []string{"role:support", "ci", "zoe"}; !slices.Equal(labels, want) {
		t.Errorf("got %v, want %v", labels, want)
	}
	if last.Message != "three of them" || last.Operator != ann.Operator || !last.SavedAt.Equal(w.clock()) {
		t.Errorf("got %+v, want it by ann, now, with its message", last)
	}
	if one, err := w.History().Revision(t.Context(), 1); err != nil || !reflect.DeepEqual(one, last) {
		t.Errorf("alone: got %+v, %v; want %+v", one, err, last)
	}
	for _, limit := range []int{0, 1} {
		visits := 0
		err := w.History().Log(t.Context(), history.Filter{Limit: limit}, func(history.Revision) error { visits++; return errEnough })
		if !errors.Is(err, errEnough) || visits != 1 {
			t.Errorf("limit %d: got %v after %d visits, want the error after 1", limit, err, visits)
		}
	}
}

func TestUnknownRevision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	for _, number := range []int64{-1, 0, 2} {
		if _, err := w.History().Revision(t.Context(), number); !errors.Is(err, model.ErrNoRevision) {
			t.Errorf("%d: got %v, want ErrNoRevision", number, err)
		}
	}
	for _, pair := range [][2]int64{{-1, 1}, {1, 2}, {2, 0}} {
		if _, err := w.History().Between(t.Context(), pair[0], pair[1]); !errors.Is(err, model.ErrNoRevision) {
			t.Errorf("%v: got %v, want ErrNoRevision", pair, err)
		}
	}
}

// records of everything that is live, by number of the object.
func (w *world) records() map[int64]model.Record {
	w.t.Helper()
	records := map[int64]model.Record{}
	for _, kind := range []model.Kind{model.KindUser, model.KindRole} {
		objects, err := w.Objects(w.t.Context(), kind)
		w.must(err)
		for _, object := range objects {
			records[object.ID] = object.Record()
		}
	}
	return records
}

// TestBetweenAnyRevisions saves random edits and compares what lies between each two with the states that were live.
func TestBetweenAnyRevisions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		defer w.Close()
		states := []map[int64]model.Record{{}}
		for range rapid.IntRange(3, 20).Draw(rt, "steps") {
			kind, change, name := randomEdit(rt, w)
			save := rapid.Bool().Draw(rt, "save")
			_ = w.edit(ann, save, kind, change, name)
			if !save && rapid.Bool().Draw(rt, "save all") {
				_, _ = w.Save(t.Context(), ann, nil, "")
			}
			if head, _ := w.History().Head(t.Context()); int(head.Number) == len(states) {
				states = append(states, w.records())
			}
		}
		for from, before := range states {
			for to, after := range states {
				changes, err := w.History().Between(t.Context(), int64(from), int64(to))
				if got, want := gatherChanges(changes), differing(before, after); err != nil || !maps.Equal(got, want) {
					rt.Fatalf("from %d to %d: got %v, %v; want %v", from, to, got, err, want)
				}
			}
		}
		if verified, err := w.History().Verify(t.Context(), nil); err != nil || int(verified.Revisions) != len(states)-1 {
			rt.Fatalf("verifying: got %+v, %v; want %d revisions", verified, err, len(states)-1)
		}
	})
}

func gatherChanges(changes []model.RecordedChange) map[int64]string {
	gathered := map[int64]string{}
	for _, change := range changes {
		gathered[change.ObjectID] = fmt.Sprint(change.Differences())
	}
	return gathered
}

func differing(before, after map[int64]model.Record) map[int64]string {
	all := map[int64]string{}
	for _, state := range []map[int64]model.Record{before, after} {
		for id := range state {
			if differences := model.Compare(before[id], after[id]); len(differences) > 0 {
				all[id] = fmt.Sprint(differences)
			}
		}
	}
	return all
}
