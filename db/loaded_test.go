package db

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/snapshot"
)

// TestChangesAreSearched: what has changed is found without reading all users, which at a million of them is the
// difference between 100 µs and seconds.
func TestChangesAreSearched(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	if err := Create(t.Context(), path, Options{Clock: time.Now}, model.Operator{Name: "os:ann", KnownBy: "os user", Source: "test"}, nil); err != nil {
		t.Fatal(err)
	}
	database, err := Open(t.Context(), path, Options{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	for _, query := range []string{
		snapshot.ChangedQuery, snapshot.Chosen(snapshot.ObjectRows, snapshot.ChangedSince, "id"), snapshot.Chosen(snapshot.RuleRows, snapshot.ChangedSince, "object_id"), snapshot.Chosen(snapshot.RoleRows, snapshot.ChangedSince, "user_id"),
	} {
		steps := 0
		err := database.Inspect(t.Context(), func(tx engine.Tx) error {
			return tx.Each(t.Context(), func(row engine.Row) error {
				var id, parent, unused int
				var step string
				err := row.Scan(&id, &parent, &unused, &step)
				if strings.HasPrefix(step, "SCAN") {
					t.Errorf("%s\nreads all of a table: %s", query, step)
				}
				steps++
				return err
			}, "EXPLAIN QUERY PLAN "+query, 1)
		})
		if err != nil || steps == 0 {
			t.Errorf("%s: got %d steps, %v", query, steps, err)
		}
	}
}
