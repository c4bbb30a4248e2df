package data_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"latchkey/db/data"
)

// TestRestoreBringsDocumentsBack makes every kind of change after a backup and goes back.
func TestRestoreBringsDocumentsBack(t *testing.T) {
	t.Parallel()
	file, clock := open(t, filepath.Join(t.TempDir(), "data.db"))
	create := func(collection data.Collection, name string) data.Document {
		t.Helper()
		made, err := file.Create(t.Context(), collection, named(name), nil)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range 4 {
		create(orders, fmt.Sprint("order ", n+1))
	}
	create(shipments(2), "under a removed order")
	create(shipments(3), "under a kept one")
	path := filepath.Join(t.TempDir(), "backup.db")
	must(file.Backup(t.Context(), path))
	backup, err := data.OpenReadOnly(t.Context(), path)
	must(err)
	defer backup.Close()
	before := every(t, file)

	clock.advance(time.Hour)
	changed, err := file.Update(t.Context(), orders, 1, named("changed"), nil)
	must(err)
	must(file.Delete(t.Context(), orders, 2, nil)) // and its shipment
	added := create(orders, "added")
	create(shipments(added.ID), "under an added one")
	create(data.Collection{Resource: "products"}, "of a resource that the backup does not have")

	later := every(t, file)
	refused := errors.New("refused")
	if _, err := file.Restore(t.Context(), backup, func() error { return refused }); !errors.Is(err, refused) {
		t.Errorf("where what goes first fails: got %v, want its error", err)
	}
	if got := every(t, file); fmt.Sprint(got) != fmt.Sprint(later) {
		t.Errorf("where what goes first fails: got %v, want %v", got, later)
	}

	restored, err := file.Restore(t.Context(), backup, func() error {
		if got := every(t, file); fmt.Sprint(got) != fmt.Sprint(later) {
			t.Errorf("before it is committed: got %v, want %v", got, later)
		}
		return nil
	})
	must(err)
	if want := (data.Restored{Added: 2, Changed: 1, Removed: 3}); restored != want {
		t.Errorf("got %+v, want %+v", restored, want)
	}
	if got := every(t, file); fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("got %v, want %v", got, before)
	}
	again, err := file.Get(t.Context(), orders, 1)
	must(err)
	if again.Version <= changed.Version || again.UpdatedAt.Before(changed.UpdatedAt) {
		t.Errorf("got version %d of %v, want one after %d of %v", again.Version, again.UpdatedAt, changed.Version, changed.UpdatedAt)
	}
	untouched, err := file.Get(t.Context(), orders, 4)
	must(err)
	if untouched.Version != 4 {
		t.Errorf("a document that nobody changed: got version %d, want 4", untouched.Version)
	}
	if next := create(orders, "next"); next.ID <= added.ID {
		t.Errorf("the next number is %d, which was given already", next.ID)
	}
	must(file.Examine(t.Context()))
}

// every lists all documents by collection and number.
func every(t *testing.T, file *data.Data) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, collection := range []data.Collection{orders, {Resource: "orders_shipments", ParentResource: "orders"}, {Resource: "products"}} {
		list, err := file.List(t.Context(), collection, data.Query{Page: 1, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range list {
			found[fmt.Sprint(collection.Resource, " ", document.ID)] = string(document.Body)
		}
	}
	return found
}

func named(name string) data.Fields { return data.Fields{"name": json.RawMessage(`"` + name + `"`)} }
