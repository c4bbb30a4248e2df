package data_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/db/data"
)

// TestSlowQueriesAreGivenUp: they end at the limit, have changed nothing, and leave the file as usable as before.
func TestSlowQueriesAreGivenUp(t *testing.T) {
	t.Parallel()
	file, _ := open(t, filepath.Join(t.TempDir(), "data.db"))
	orders := data.Collection{Resource: "orders"}
	fields := data.Fields{"a": []byte(`5`), "b": []byte(`[` + strings.Repeat("1,", 400_000) + `1]`)}
	for range 10 {
		if _, err := file.Create(t.Context(), orders, fields, nil); err != nil {
			t.Fatal(err)
		}
	}
	where := slices.Repeat([]data.Condition{{Field: "a", Operator: data.AtLeast, Value: "1"}}, 100) // half a second of work
	queries := map[string]func(context.Context) error{
		"list": func(ctx context.Context) error {
			_, err := file.List(ctx, orders, data.Query{Where: where, Page: 1, Limit: 5})
			return err
		},
		"count": func(ctx context.Context) error {
			_, err := file.Count(ctx, orders, where)
			return err
		},
		"delete": func(ctx context.Context) error { return file.DeleteAll(ctx, orders, where, nil) },
	}
	usual := file.QueryLimit
	file.QueryLimit = time.Millisecond
	for name, query := range queries {
		if err := query(t.Context()); !errors.Is(err, data.ErrSlow) {
			t.Errorf("%s: got %v, want ErrSlow", name, err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := query(gone); err == nil || errors.Is(err, data.ErrSlow) {
			t.Errorf("%s for a client that is gone: got %v, want another error than ErrSlow", name, err)
		}
	}
	file.QueryLimit = usual
	if count, err := file.Count(t.Context(), orders, where); count != 10 || err != nil {
		t.Errorf("afterwards: got %d documents, %v, want all 10", count, err)
	}
	file.QueryLimit = time.Nanosecond
	if err := file.DeleteAll(t.Context(), orders, nil, nil); err != nil {
		t.Errorf("without conditions: got %v, want no limit", err)
	}
}
