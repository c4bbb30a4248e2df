package data_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/db/data"
)

func drafts(t *testing.T, ids ...int64) []data.Draft {
	t.Helper()
	var list []data.Draft
	for i, id := range ids {
		draft, err := data.NewDraft(id, data.Fields{"n": json.RawMessage(fmt.Sprint(i))})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, draft)
	}
	return list
}

func visited(t *testing.T, f *data.Data, collection data.Collection) []string {
	t.Helper()
	var lines []string
	err := f.Visit(t.Context(), collection, func(document data.Document) error {
		lines = append(lines, fmt.Sprintf("%d %s", document.ID, document.Body))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestImportNumbersDocuments(t *testing.T) {
	t.Parallel()
	f, _ := open(t, filepath.Join(t.TempDir(), "data.db"))
	var told []int
	if err := f.Import(t.Context(), orders, drafts(t, 0, 7, 3, 0), func(done int) { told = append(told, done) }); err != nil {
		t.Fatal(err)
	}
	if want := []string{`3 {"n":2}`, `7 {"n":1}`, `8 {"n":0}`, `9 {"n":3}`}; !slices.Equal(visited(t, f, orders), want) {
		t.Errorf("got %q, want %q", visited(t, f, orders), want)
	}
	if !slices.Equal(told, []int{1, 2, 3, 4}) {
		t.Errorf("told %v", told)
	}
	created, err := f.Create(t.Context(), orders, data.Fields{}, nil)
	if err != nil || created.ID != 10 {
		t.Errorf("the next one: got %d, %v", created.ID, err)
	}
}

func TestImportIsAllOrNone(t *testing.T) {
	t.Parallel()
	f, _ := open(t, filepath.Join(t.TempDir(), "data.db"))
	if err := f.Import(t.Context(), orders, drafts(t, 5), nil); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(t.Context(), orders, 5, nil); err != nil {
		t.Fatal(err)
	}
	before, err := f.State(t.Context(), orders)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		ids   []int64
		index int
	}{"an id that is used": {[]int64{6, 0, 5}, 2}, "an id twice": {[]int64{0, 8, 8}, 2}, "a huge id": {[]int64{1 << 60}, 0}} {
		var refused *data.ImportError
		err := f.Import(t.Context(), orders, drafts(t, test.ids...), nil)
		if !errors.As(err, &refused) || !errors.Is(err, data.ErrUsedID) || refused.Index != test.index {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := f.Import(t.Context(), shipments(5), drafts(t, 0), nil); !errors.Is(err, data.ErrNoParent) {
		t.Errorf("without a parent: got %v", err)
	}
	if err := f.Visit(t.Context(), shipments(5), func(data.Document) error { return nil }); !errors.Is(err, data.ErrNoParent) {
		t.Errorf("visiting without a parent: got %v", err)
	}
	if after, err := f.State(t.Context(), orders); err != nil || after != before || len(visited(t, f, orders)) != 0 {
		t.Errorf("something was imported: %+v, %v", after, err)
	}
}

func draft(id int64, body string) data.Draft { return data.Draft{ID: id, Body: json.RawMessage(body)} }

func TestImportOverChangesWhatIsThere(t *testing.T) {
	t.Parallel()
	f, clock := open(t, filepath.Join(t.TempDir(), "data.db"))
	if err := f.Import(t.Context(), orders, []data.Draft{draft(1, `{"a":1,"b":1}`), draft(2, `{"a":2}`)}, nil); err != nil {
		t.Fatal(err)
	}
	get := func(id int64) data.Document {
		t.Helper()
		document, err := f.Get(t.Context(), orders, id)
		if err != nil {
			t.Fatal(err)
		}
		return document
	}
	first, second := get(1), get(2)
	clock.advance(time.Hour)
	var told []int
	changed, err := f.ImportOver(t.Context(), orders,
		[]data.Draft{draft(0, `{"a":0}`), draft(1, `{"b":"x","c":null}`), draft(2, `{}`), draft(7, `{"a":7}`)},
		func(done int) { told = append(told, done) })
	if err != nil || changed != 2 || !slices.Equal(told, []int{1, 2, 3, 4}) {
		t.Errorf("got %d changed, %v, told %v", changed, err, told)
	}
	if want := []string{`1 {"a":1,"b":"x","c":null}`, `2 {"a":2}`, `7 {"a":7}`, `8 {"a":0}`}; !slices.Equal(visited(t, f, orders), want) {
		t.Errorf("got %q, want %q", visited(t, f, orders), want)
	}
	if after := get(1); after.Version <= first.Version || !after.UpdatedAt.After(first.UpdatedAt) || !after.CreatedAt.Equal(first.CreatedAt) {
		t.Errorf("the changed one: got %+v, before %+v", after, first)
	}
	if after := get(2); after.State() != second.State() {
		t.Errorf("the one without fields: got %+v, before %+v", after, second)
	}
	if changed, err := f.ImportOver(t.Context(), orders, []data.Draft{draft(1, `{"a":5}`)}, nil); err != nil || changed != 1 {
		t.Errorf("got %d changed, %v", changed, err)
	}
	if created, err := f.Create(t.Context(), orders, data.Fields{}, nil); err != nil || created.ID != 9 {
		t.Errorf("the next one: got %d, %v", created.ID, err)
	}
}

func TestImportOverIsAllOrNone(t *testing.T) {
	t.Parallel()
	f, _ := open(t, filepath.Join(t.TempDir(), "data.db"))
	half := `":"` + strings.Repeat("z", data.MaxBody/2) + `"}`
	err := errors.Join(f.Import(t.Context(), orders, []data.Draft{draft(1, `{}`), draft(2, `{"x`+half), draft(4, `{}`)}, nil),
		f.Import(t.Context(), shipments(1), []data.Draft{draft(1, `{}`)}, nil),
		f.Import(t.Context(), shipments(2), []data.Draft{draft(2, `{}`)}, nil),
		f.Delete(t.Context(), orders, 4, nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		collection data.Collection
		drafts     []data.Draft
		err        error
		index      int
	}{
		"a deleted one":           {orders, []data.Draft{draft(1, `{"lost":1}`), draft(4, `{}`)}, data.ErrUsedID, 1},
		"one twice":               {orders, []data.Draft{draft(1, `{"lost":1}`), draft(1, `{}`)}, data.ErrUsedID, 1},
		"one that grows too much": {orders, []data.Draft{draft(1, `{"lost":1}`), draft(0, `{"lost":1}`), draft(2, `{"y`+half)}, data.ErrTooLarge, 2},
		"one of another parent":   {shipments(1), []data.Draft{draft(1, `{"lost":1}`), draft(2, `{"lost":1}`)}, data.ErrUsedID, 1},
	} {
		var refused *data.ImportError
		_, err := f.ImportOver(t.Context(), test.collection, test.drafts, nil)
		if !errors.As(err, &refused) || !errors.Is(err, test.err) || refused.Index != test.index {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, collection := range []data.Collection{orders, shipments(1), shipments(2)} {
		if strings.Contains(strings.Join(visited(t, f, collection), " "), "lost") {
			t.Errorf("something was changed all the same in %v", collection)
		}
	}
}

// TestVisitGoesOn: what comes in between is visited, if it comes behind; a visitor's error is the end.
func TestVisitGoesOn(t *testing.T) {
	t.Parallel()
	f, _ := open(t, filepath.Join(t.TempDir(), "data.db"))
	const many = 600 // three batches
	if err := f.Import(t.Context(), orders, drafts(t, make([]int64, many)...), nil); err != nil {
		t.Fatal(err)
	}
	first, second, last := 0, 0, int64(0)
	err := f.Visit(t.Context(), orders, func(document data.Document) error {
		if first++; document.ID == 1 {
			return errors.Join(f.Import(t.Context(), orders, drafts(t, 0), nil), f.Delete(t.Context(), orders, many, nil))
		}
		return nil
	}, func(document data.Document) error {
		if document.ID <= last {
			t.Errorf("%d comes after %d", document.ID, last)
		}
		second++
		last = document.ID
		return nil
	})
	if err != nil || first != many || second != many || last != many+1 {
		t.Errorf("visited %d, then %d up to %d; %v", first, second, last, err)
	}
	stop := errors.New("stop")
	if err := f.Visit(t.Context(), orders, func(data.Document) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

// TestVisitHoldsNoLog: as long as a visit may take, what is written meanwhile does not pile up in the log, which is
// small again after it was large.
func TestVisitHoldsNoLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	f, _ := open(t, path)
	large := make([]data.Draft, 0, 24)
	for range cap(large) {
		draft, err := data.NewDraft(0, data.Fields{"a": json.RawMessage(`"` + strings.Repeat("x", 900<<10) + `"`)})
		if err != nil {
			t.Fatal(err)
		}
		large = append(large, draft)
	}
	log := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if err := f.Import(t.Context(), orders, large, nil); err != nil { // one transaction: all of it is in the log
		t.Fatal(err)
	}
	if log() < 16<<20 {
		t.Fatalf("the log has %d bytes: nothing to see", log())
	}
	err := f.Visit(t.Context(), orders, func(document data.Document) error {
		if document.ID > 8 {
			return nil
		}
		return f.Import(t.Context(), data.Collection{Resource: "brands"}, large[:4], nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := log(); got > 12<<20 { // 8 MiB, or what the last transaction took
		t.Errorf("after the visit the log has %d bytes", got)
	}
}
