package data_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"latchkey/db/data"
)

var (
	orders = data.Collection{Resource: "orders"}
	start  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func shipments(order int64) data.Collection {
	return data.Collection{Resource: "orders_shipments", ParentResource: "orders", Parent: order}
}

// clock is a clock that a test sets.
type clock struct {
	mutex sync.Mutex
	now   time.Time
}

func (c *clock) time() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(by)
}

func open(t testing.TB, path string) (*data.Data, *clock) {
	t.Helper()
	clock := &clock{now: start}
	file, err := data.Open(t.Context(), path, clock.time)
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return file, clock
}

func fresh(t testing.TB) (*data.Data, *clock) {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "shop-data.db"))
}

func fields(t testing.TB, text string) data.Fields {
	t.Helper()
	var fields data.Fields
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatalf("test's own fields %s: %v", text, err)
	}
	return fields
}

func create(t testing.TB, file *data.Data, collection data.Collection, text string) data.Document {
	t.Helper()
	document, err := file.Create(t.Context(), collection, fields(t, text), nil)
	if err != nil {
		t.Fatalf("creating: %v", err)
	}
	return document
}

func count(t testing.TB, file *data.Data, collection data.Collection) int64 {
	t.Helper()
	count, err := file.Count(t.Context(), collection, nil)
	if err != nil {
		t.Fatalf("counting: %v", err)
	}
	return count
}

func TestDocumentRoundTrip(t *testing.T) {
	t.Parallel()
	file, clock := fresh(t)
	made := create(t, file, orders, `{"b":{"y":1,"x":2},"a":"<&>  ","n":1e999}`)
	want := `{"a":"<&>  ","b":{"y":1,"x":2},"n":1e999}`
	if made.ID != 1 || !made.CreatedAt.Equal(start) || !made.UpdatedAt.Equal(start) {
		t.Errorf("got id %d at %v / %v, want 1 at %v", made.ID, made.CreatedAt, made.UpdatedAt, start)
	}
	got, err := file.Get(t.Context(), orders, 1)
	if err != nil || string(got.Body) != want || string(made.Body) != want {
		t.Fatalf("got %s / %s, %v, want %s", made.Body, got.Body, err, want)
	}
	clock.advance(time.Hour)
	if _, err := file.Update(t.Context(), orders, 1, fields(t, `{"b":null,"c":[]}`), nil); err != nil {
		t.Fatal(err)
	}
	got, err = file.Get(t.Context(), orders, 1)
	want = `{"a":"<&>  ","b":null,"c":[],"n":1e999}`
	if err != nil || string(got.Body) != want {
		t.Errorf("after the update: got %s, %v, want %s", got.Body, err, want)
	}
	if !got.CreatedAt.Equal(start) || !got.UpdatedAt.Equal(start.Add(time.Hour)) {
		t.Errorf("after the update: got times %v, %v", got.CreatedAt, got.UpdatedAt)
	}
}

func TestEmptyUpdateChangesNothing(t *testing.T) {
	t.Parallel()
	file, clock := fresh(t)
	create(t, file, orders, `{"a":1}`)
	clock.advance(time.Hour)
	got, err := file.Update(t.Context(), orders, 1, nil, nil)
	if err != nil || !got.UpdatedAt.Equal(start) || string(got.Body) != `{"a":1}` {
		t.Errorf("got %s at %v, %v", got.Body, got.UpdatedAt, err)
	}
}

func TestNumbersAreNeverUsedAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	file, _ := open(t, path)
	for want := int64(1); want <= 3; want++ {
		if got := create(t, file, orders, `{}`).ID; got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	}
	if got := create(t, file, data.Collection{Resource: "brands"}, `{}`).ID; got != 1 {
		t.Errorf("another resource: got %d, want 1", got)
	}
	if err := file.Delete(t.Context(), orders, 3, nil); err != nil {
		t.Fatal(err)
	}
	if got := create(t, file, orders, `{}`).ID; got != 4 {
		t.Errorf("after a delete: got %d, want 4", got)
	}
	if err := file.DeleteAll(t.Context(), orders, nil, nil); err != nil {
		t.Fatal(err)
	}
	again, _ := open(t, path)
	if got := create(t, again, orders, `{}`).ID; got != 5 {
		t.Errorf("after deleting all and opening again: got %d, want 5", got)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	file, _ := fresh(t)
	for range 7 {
		create(t, file, orders, `{}`)
	}
	for _, test := range []struct {
		page, limit int64
		want        []int64
	}{
		{1, 3, []int64{1, 2, 3}},
		{3, 3, []int64{7}},
		{4, 3, nil},
		{1, 250, []int64{1, 2, 3, 4, 5, 6, 7}},
		{1 << 62, 250, nil},
		{1<<63 - 1, 1, nil},
		{1<<63 - 1, 2, nil},
	} {
		list, err := file.List(t.Context(), orders, data.Query{Page: test.page, Limit: test.limit})
		if err != nil {
			t.Errorf("page %d of %d: %v", test.page, test.limit, err)
		}
		if got := numbers(list); !slices.Equal(got, test.want) {
			t.Errorf("page %d of %d: got %v, want %v", test.page, test.limit, got, test.want)
		}
	}
}

func numbers(list []data.Document) (ids []int64) {
	for _, document := range list {
		ids = append(ids, document.ID)
	}
	return ids
}

func TestSubCollections(t *testing.T) {
	t.Parallel()
	file, _ := fresh(t)
	create(t, file, orders, `{}`)
	create(t, file, orders, `{}`)
	create(t, file, shipments(1), `{"of":1}`)
	create(t, file, shipments(2), `{"of":2}`)
	create(t, file, shipments(1), `{"of":1}`)
	messages := data.Collection{Resource: "orders_messages", ParentResource: "orders", Parent: 1}
	create(t, file, messages, `{}`)

	list, err := file.List(t.Context(), shipments(1), data.Query{Page: 1, Limit: 50})
	if err != nil || !slices.Equal(numbers(list), []int64{1, 3}) {
		t.Errorf("under order 1: got %v, %v, want 1 and 3", numbers(list), err)
	}
	list, err = file.List(t.Context(), shipments(0), data.Query{Page: 1, Limit: 50})
	if err != nil || !slices.Equal(numbers(list), []int64{1, 2, 3}) {
		t.Errorf("over all orders: got %v, %v, want 1 to 3", numbers(list), err)
	}
	if _, err := file.Get(t.Context(), shipments(2), 1); !errors.Is(err, data.ErrNoDocument) {
		t.Errorf("another order's shipment: got %v, want ErrNoDocument", err)
	}
	if _, err := file.Get(t.Context(), shipments(0), 2); err != nil {
		t.Errorf("a shipment without its order: %v", err)
	}
	if err := file.DeleteAll(t.Context(), shipments(1), nil, nil); err != nil {
		t.Fatal(err)
	}
	if got := count(t, file, shipments(0)); got != 1 {
		t.Errorf("after deleting the shipments of order 1: %d left, want 1", got)
	}
	if got := count(t, file, messages); got != 1 {
		t.Errorf("its messages: %d left, want 1", got)
	}
}

func TestDeletingAParentDeletesWhatHangsUnderIt(t *testing.T) {
	t.Parallel()
	file, _ := fresh(t)
	for order := int64(1); order <= 2; order++ {
		create(t, file, orders, `{}`)
		create(t, file, shipments(order), `{}`)
	}
	if err := file.Delete(t.Context(), orders, 1, nil); err != nil {
		t.Fatal(err)
	}
	if got := count(t, file, shipments(0)); got != 1 {
		t.Errorf("after deleting an order: %d shipments, want 1", got)
	}
	if err := file.DeleteAll(t.Context(), orders, nil, nil); err != nil {
		t.Fatal(err)
	}
	if got := count(t, file, shipments(0)); got != 0 {
		t.Errorf("after deleting all orders: %d shipments, want 0", got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	file, _ := fresh(t)
	create(t, file, orders, `{}`)
	create(t, file, shipments(1), `{}`)
	large := data.Fields{"a": json.RawMessage(`"` + string(bytes.Repeat([]byte("x"), data.MaxBody)) + `"`)}
	for _, test := range []struct {
		name string
		do   func(context.Context) error
		want error
	}{
		{"get", func(ctx context.Context) error { _, err := file.Get(ctx, orders, 9); return err }, data.ErrNoDocument},
		{"update", func(ctx context.Context) error {
			_, err := file.Update(ctx, orders, 9, fields(t, `{"a":1}`), nil)
			return err
		}, data.ErrNoDocument},
		{"empty update", func(ctx context.Context) error { _, err := file.Update(ctx, orders, 9, nil, nil); return err }, data.ErrNoDocument},
		{"delete", func(ctx context.Context) error { return file.Delete(ctx, orders, 9, nil) }, data.ErrNoDocument},
		{"delete another order's", func(ctx context.Context) error { return file.Delete(ctx, shipments(9), 1, nil) }, data.ErrNoDocument},
		{"list without a parent", func(ctx context.Context) error {
			_, err := file.List(ctx, shipments(9), data.Query{Page: 1, Limit: 1})
			return err
		}, data.ErrNoParent},
		{"count without a parent", func(ctx context.Context) error { _, err := file.Count(ctx, shipments(9), nil); return err }, data.ErrNoParent},
		{"create without a parent", func(ctx context.Context) error { _, err := file.Create(ctx, shipments(9), nil, nil); return err }, data.ErrNoParent},
		{"delete all without a parent", func(ctx context.Context) error { return file.DeleteAll(ctx, shipments(9), nil, nil) }, data.ErrNoParent},
		{"delete all of all parents", func(ctx context.Context) error { return file.DeleteAll(ctx, shipments(0), nil, nil) }, data.ErrAllParents},
		{"delete of all parents", func(ctx context.Context) error { return file.Delete(ctx, shipments(0), 1, nil) }, data.ErrAllParents},
		{"create with a NUL in a name", func(ctx context.Context) error {
			_, err := file.Create(ctx, orders, fields(t, `{"a\u0000b":1}`), nil)
			return err
		}, data.ErrName},
		{"update with a NUL in a name", func(ctx context.Context) error {
			_, err := file.Update(ctx, orders, 1, fields(t, `{"a\u0000b":1}`), nil)
			return err
		}, data.ErrName},
		{"create large", func(ctx context.Context) error { _, err := file.Create(ctx, orders, large, nil); return err }, data.ErrTooLarge},
		{"update to large", func(ctx context.Context) error { _, err := file.Update(ctx, orders, 1, large, nil); return err }, data.ErrTooLarge},
	} {
		if err := test.do(t.Context()); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
	if got := count(t, file, orders); got != 1 {
		t.Errorf("got %d orders, want 1", got)
	}
	if got := count(t, file, shipments(0)); got != 1 {
		t.Errorf("got %d shipments, want 1", got)
	}
	if next := create(t, file, orders, `{}`).ID; next != 2 {
		t.Errorf("refused documents used up numbers: got %d, want 2", next)
	}
}

// Two connections update different fields of one document at once, as two servers would.
func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	first, _ := open(t, path)
	second, _ := open(t, path)
	create(t, first, orders, `{"kept":true}`)
	const writers, rounds = 8, 12
	var group sync.WaitGroup
	for writer := range writers {
		file := []*data.Data{first, second}[writer%2]
		group.Go(func() {
			for round := range rounds {
				changes := data.Fields{fmt.Sprintf("field_%d_%d", writer, round): json.RawMessage("1")}
				if _, err := file.Update(t.Context(), orders, 1, changes, nil); err != nil {
					t.Errorf("writer %d: %v", writer, err)
				}
				if _, err := file.Create(t.Context(), orders, nil, nil); err != nil {
					t.Errorf("writer %d: %v", writer, err)
				}
			}
		})
	}
	group.Wait()
	document, err := second.Get(t.Context(), orders, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(fields(t, string(document.Body))); got != writers*rounds+1 {
		t.Errorf("got %d fields, want %d", got, writers*rounds+1)
	}
	if got := count(t, first, orders); got != writers*rounds+1 {
		t.Errorf("got %d documents, want %d", got, writers*rounds+1)
	}
	if next := create(t, first, orders, `{}`).ID; next != writers*rounds+2 {
		t.Errorf("got number %d, want %d", next, writers*rounds+2)
	}
}

func TestACancelledRequestChangesNothing(t *testing.T) {
	t.Parallel()
	file, _ := fresh(t)
	create(t, file, orders, `{}`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := file.Create(ctx, orders, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if got := count(t, file, orders); got != 1 {
		t.Errorf("got %d documents, want 1", got)
	}
}

func TestABusyFile(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the whole busy timeout")
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	file, _ := open(t, path)
	create(t, file, orders, `{}`)
	other := raw(t, path)
	lock, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Rollback()
	if err := file.Delete(t.Context(), orders, 1, nil); !errors.Is(err, data.ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	if got := count(t, file, orders); got != 1 { // readers never wait
		t.Errorf("got %d documents, want 1", got)
	}
}

// raw opens a file by SQLite alone.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	pool, err := sql.Open("sqlite", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() { pool.Close() })
	return pool
}

func TestAMovedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	file, _ := open(t, path)
	create(t, file, orders, `{}`)
	if err := file.Check(t.Context()); err != nil {
		t.Fatalf("in its place: %v", err)
	}
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	_, getErr := file.Get(t.Context(), orders, 1)
	_, listErr := file.List(t.Context(), orders, data.Query{Page: 1, Limit: 1})
	_, countErr := file.Count(t.Context(), orders, nil)
	for _, err := range []error{file.Check(t.Context()), getErr, listErr, countErr, file.DeleteAll(t.Context(), orders, nil, nil)} {
		if !errors.Is(err, data.ErrMoved) {
			t.Errorf("moved: got %v, want ErrMoved", err)
		}
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := file.Check(t.Context()); !errors.Is(err, data.ErrMoved) {
		t.Errorf("replaced: got %v, want ErrMoved", err)
	}
}
