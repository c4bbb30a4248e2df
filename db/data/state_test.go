package data_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"latchkey/db/data"
)

func state(t *testing.T, file *data.Data, collection data.Collection) data.State {
	t.Helper()
	state, err := file.State(t.Context(), collection)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// TestStates: every change that had an effect is a new state of each collection it had it on, and nothing else is.
func TestStates(t *testing.T) {
	t.Parallel()
	file, clock := fresh(t)
	if got := state(t, file, orders); got != (data.State{}) {
		t.Errorf("before anything: got %+v, want none", got)
	}
	if _, err := file.State(t.Context(), shipments(1)); !errors.Is(err, data.ErrNoParent) {
		t.Errorf("below nothing: got %v, want ErrNoParent", err)
	}
	create(t, file, orders, `{"a":1}`)
	create(t, file, orders, `{"a":2}`)
	create(t, file, shipments(2), `{}`)
	sets := []data.Collection{orders, shipments(0)}
	for _, test := range []struct {
		name    string
		do      func() error
		changes []bool // orders, shipments
	}{
		{"update", func() error { _, err := file.Update(t.Context(), orders, 1, fields(t, `{"a":1}`), nil); return err }, []bool{true, false}},
		{"empty update", func() error { _, err := file.Update(t.Context(), orders, 1, nil, nil); return err }, []bool{false, false}},
		{"delete none", func() error { return ignore(file.Delete(t.Context(), orders, 9, nil), data.ErrNoDocument) }, []bool{false, false}},
		{"delete of a filter that leaves none", func() error {
			return file.DeleteAll(t.Context(), orders, []data.Condition{{Field: "a", Value: "9"}}, nil)
		}, []bool{false, false}},
		{"refused", func() error {
			return ignore(file.DeleteAll(t.Context(), orders, nil, func(data.State) error { return errRefused }), errRefused)
		}, []bool{false, false}},
		{"delete with what hangs under it", func() error {
			return file.DeleteAll(t.Context(), orders, []data.Condition{{Field: "a", Value: "2"}}, nil)
		}, []bool{true, true}},
		{"delete the last one", func() error { return file.Delete(t.Context(), orders, 1, nil) }, []bool{true, false}},
		{"create", func() error { _, err := file.Create(t.Context(), orders, nil, nil); return err }, []bool{true, false}},
	} {
		before := []data.State{state(t, file, sets[0]), state(t, file, sets[1])}
		clock.advance(time.Minute)
		if err := test.do(); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		for i, set := range sets {
			after := state(t, file, set)
			want := before[i]
			if test.changes[i] {
				want = data.State{Version: want.Version + 1, ChangedAt: clock.time()}
			}
			if after != want {
				t.Errorf("%s: %s is in state %+v, want %+v", test.name, set.Resource, after, want)
			}
		}
	}
}

var errRefused = errors.New("refused")

// ignore lets a wanted error pass as none, and none as an error.
func ignore(err, wanted error) error {
	if errors.Is(err, wanted) {
		return nil
	}
	return errors.Join(errors.New("got no such error"), err)
}

// A clock that is put back does not hide changes from who asks what was changed since.
func TestTimeDoesNotGoBack(t *testing.T) {
	t.Parallel()
	file, clock := fresh(t)
	create(t, file, orders, `{}`)
	clock.advance(-time.Hour)
	second := create(t, file, orders, `{}`)
	if !second.UpdatedAt.Equal(start) || !state(t, file, orders).ChangedAt.Equal(start) {
		t.Errorf("got %v, want %v", second.UpdatedAt, start)
	}
	clock.advance(time.Hour + 1700*time.Millisecond)
	third, err := file.Update(t.Context(), orders, 1, fields(t, `{"a":1}`), nil)
	must(t, err)
	if want := start.Add(time.Second); !third.UpdatedAt.Equal(want) {
		t.Errorf("got %v, want %v in whole seconds", third.UpdatedAt, want)
	}
	since := []data.Condition{{Field: "date_modified", Operator: data.AtLeast, Value: third.UpdatedAt.Format(time.RFC1123Z)}}
	list, err := file.List(t.Context(), orders, data.Query{Where: since, Limit: 9})
	if err != nil || !slices.Equal(numbers(list), []int64{1}) {
		t.Errorf("changed since: got %v, %v, want 1", numbers(list), err)
	}
}

// A precondition sees the state of what it is for, and its error is the end of the change.
func TestPreconditions(t *testing.T) {
	t.Parallel()
	file, _ := fresh(t)
	first := create(t, file, orders, `{"a":1}`)
	create(t, file, orders, `{}`)
	var seen data.State
	refuse := func(state data.State) error {
		seen = state
		return errRefused
	}
	whole := state(t, file, orders)
	settings := data.Collection{Resource: "settings"}
	for _, test := range []struct {
		name string
		do   func() error
		want data.State
	}{
		{"create", func() error { _, err := file.Create(t.Context(), orders, nil, refuse); return err }, whole},
		{"update", func() error { _, err := file.Update(t.Context(), orders, 1, fields(t, `{"a":2}`), refuse); return err }, first.State()},
		{"empty update", func() error { _, err := file.Update(t.Context(), orders, 1, nil, refuse); return err }, first.State()},
		{"delete", func() error { return file.Delete(t.Context(), orders, 1, refuse) }, first.State()},
		{"delete all", func() error { return file.DeleteAll(t.Context(), orders, nil, refuse) }, whole},
		{"first write of a single document", func() error {
			_, err := file.UpdateSingle(t.Context(), settings, fields(t, `{"a":2}`), refuse)
			return err
		}, data.State{}},
	} {
		seen = data.State{Version: -1}
		if err := test.do(); !errors.Is(err, errRefused) || seen != test.want {
			t.Errorf("%s: got %v on %+v, want a refusal on %+v", test.name, err, seen, test.want)
		}
	}
	if got := count(t, file, orders); got != 2 {
		t.Errorf("got %d documents, want 2", got)
	}
	if got := state(t, file, orders); got != whole {
		t.Errorf("refused changes made the state %+v, want %+v", got, whole)
	}
}

func TestSingleDocuments(t *testing.T) {
	t.Parallel()
	file, _ := fresh(t)
	create(t, file, orders, `{}`)
	create(t, file, orders, `{}`)
	top := data.Collection{Resource: "settings"}
	below := func(order int64) data.Collection {
		return data.Collection{Resource: "orders_note", ParentResource: "orders", Parent: order}
	}
	read := func(collection data.Collection, want string) {
		t.Helper()
		got, err := file.GetSingle(t.Context(), collection)
		if err != nil || string(got.Body) != want {
			t.Errorf("%s: got %s, %v, want %s", collection.Resource, got.Body, err, want)
		}
	}
	read(top, `{}`)
	if got, err := file.UpdateSingle(t.Context(), top, nil, nil); err != nil || got.Version != 0 {
		t.Errorf("writing nothing: got %+v, %v, want no document", got, err)
	}
	for _, text := range []string{`{"a":1}`, `{"b":2}`} {
		_, err := file.UpdateSingle(t.Context(), top, fields(t, text), nil)
		must(t, err)
	}
	read(top, `{"a":1,"b":2}`)
	_, err := file.UpdateSingle(t.Context(), below(2), fields(t, `{"text":"second"}`), nil)
	must(t, err)
	read(below(1), `{}`)
	read(below(2), `{"text":"second"}`)
	if _, err := file.UpdateSingle(t.Context(), below(9), fields(t, `{"a":1}`), nil); !errors.Is(err, data.ErrNoParent) {
		t.Errorf("below nothing: got %v, want ErrNoParent", err)
	}
	if got := count(t, file, top); got != 1 {
		t.Errorf("got %d documents, want the only one", got)
	}
}
