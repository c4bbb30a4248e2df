package sqlite_test

import (
	"context"
	"errors"
	"testing"

	"latchkey/db/engine"
)

// TestTransactionExplainsItsErrors: whatever fails in a transaction matches an error of package engine, wherever it shows.
func TestTransactionExplainsItsErrors(t *testing.T) {
	t.Parallel()
	stored, err := kindOf(first).OpenEngine(t.Context(), create(t), false)
	if err != nil {
		t.Fatal(err)
	}
	defer stored.Close()
	const write = `INSERT INTO things (name) VALUES ('pen') RETURNING name`
	for name, work := range map[string]func(ctx context.Context, tx engine.Tx) error{
		"exec": func(ctx context.Context, tx engine.Tx) error {
			_, err := tx.Exec(ctx, write)
			return err
		},
		"row": func(ctx context.Context, tx engine.Tx) error {
			var name string
			return tx.Row(ctx, write).Scan(&name)
		},
		"each": func(ctx context.Context, tx engine.Tx) error {
			return tx.Each(ctx, func(engine.Row) error { return nil }, write)
		},
		"rows": func(ctx context.Context, tx engine.Tx) error {
			rows, err := tx.Rows(ctx, write)
			if err != nil {
				return err
			}
			for rows.Next() {
				t.Error("a row was written")
			}
			return errors.Join(rows.Err(), rows.Close())
		},
	} {
		err := stored.Read(t.Context(), func(tx engine.Tx) error { return work(t.Context(), tx) })
		if !errors.Is(err, engine.ErrUnwritable) {
			t.Errorf("%s: got %v, want ErrUnwritable", name, err)
		}
	}
}

// TestFailedWorkIsNotWritten: an error of the work rolls its transaction back, and comes back as it is.
func TestFailedWorkIsNotWritten(t *testing.T) {
	t.Parallel()
	stored, err := kindOf(first).OpenEngine(t.Context(), create(t), true)
	if err != nil {
		t.Fatal(err)
	}
	defer stored.Close()
	failed := errors.New("thought better of it")
	write := func(result error) error {
		return stored.Write(t.Context(), func(tx engine.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO things (name) VALUES ('pen')`)
			return errors.Join(err, result)
		})
	}
	if err := write(failed); !errors.Is(err, failed) {
		t.Errorf("got %v, want the error of the work", err)
	}
	if err := write(nil); err != nil {
		t.Fatal(err)
	}
	var count int
	err = stored.Read(t.Context(), func(tx engine.Tx) error { return tx.Row(t.Context(), `SELECT count(*) FROM things`).Scan(&count) })
	if err != nil || count != 1 {
		t.Errorf("got %d rows, %v; want the one that was written whole", count, err)
	}
}
