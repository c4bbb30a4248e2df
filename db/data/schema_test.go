package data

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func openHere(t testing.TB) *Data {
	t.Helper()
	data, err := Open(t.Context(), filepath.Join(t.TempDir(), "data.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { data.Close() })
	return data
}

// A full disk, made by a limit on the pages of the file: SQLite answers both with SQLITE_FULL.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	data := openHere(t)
	collection := Collection{Resource: "orders"}
	if _, err := data.Create(t.Context(), collection, Fields{"a": json.RawMessage("1")}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := data.writer.Pool.ExecContext(t.Context(), "PRAGMA max_page_count = 20"); err != nil {
		t.Fatal(err)
	}
	large := Fields{"a": json.RawMessage(`"` + string(make128k()) + `"`)}
	if _, err := data.Create(t.Context(), collection, large, nil); !errors.Is(err, ErrFull) {
		t.Errorf("create: got %v, want ErrFull", err)
	}
	if _, err := data.Update(t.Context(), collection, 1, large, nil); !errors.Is(err, ErrFull) {
		t.Errorf("update: got %v, want ErrFull", err)
	}
	document, err := data.Get(t.Context(), collection, 1)
	if err != nil || string(document.Body) != `{"a":1}` {
		t.Errorf("after: got %s, %v", document.Body, err)
	}
	if err := data.Delete(t.Context(), collection, 1, nil); err != nil {
		t.Errorf("making room: %v", err)
	}
}

func make128k() []byte {
	text := make([]byte, 128<<10)
	for i := range text {
		text[i] = 'x'
	}
	return text
}

func TestThePageOfAListIsBounded(t *testing.T) {
	t.Parallel()
	data := openHere(t)
	collection := Collection{Resource: "orders"}
	large := Fields{"a": json.RawMessage(`"` + string(make128k()) + `"`)}
	if _, err := data.Create(t.Context(), collection, large, nil); err != nil {
		t.Fatal(err)
	}
	const copies = MaxPage/(128<<10) + 1
	_, err := data.writer.Pool.ExecContext(t.Context(), `
		WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO documents (resource, id, version, body, created_at, updated_at)
		SELECT resource, i, version, body, created_at, updated_at FROM documents, n WHERE id = 1`, copies)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := data.List(t.Context(), collection, Query{Page: 1, Limit: copies}); !errors.Is(err, ErrPageTooLarge) {
		t.Errorf("got %v, want ErrPageTooLarge", err)
	}
	if list, err := data.List(t.Context(), collection, Query{Page: 1, Limit: 50}); err != nil || len(list) != 50 {
		t.Errorf("got %d, %v, want 50", len(list), err)
	}
}

func TestADamagedDocumentIsNotAnswered(t *testing.T) {
	t.Parallel()
	data := openHere(t)
	collection := Collection{Resource: "orders"}
	if _, err := data.Create(t.Context(), collection, nil, nil); err != nil {
		t.Fatal(err)
	}
	_, err := data.writer.Pool.ExecContext(t.Context(),
		`PRAGMA ignore_check_constraints = 1; UPDATE documents SET body = 'null'; PRAGMA ignore_check_constraints = 0`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := data.Get(t.Context(), collection, 1); !errors.Is(err, ErrDamaged) {
		t.Errorf("get: got %v, want ErrDamaged", err)
	}
	if _, err := data.List(t.Context(), collection, Query{Page: 1, Limit: 1}); !errors.Is(err, ErrDamaged) {
		t.Errorf("list: got %v, want ErrDamaged", err)
	}
	if _, err := data.Update(t.Context(), collection, 1, Fields{"a": json.RawMessage("1")}, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("update: got %v, want ErrDamaged", err)
	}
}

// The schema refuses what the code should never write.
func TestSchemaChecks(t *testing.T) {
	t.Parallel()
	data := openHere(t)
	if _, err := data.Create(t.Context(), Collection{Resource: "orders"}, nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`INSERT INTO documents (resource, id, body, version, created_at, updated_at) VALUES ('orders', 2, '[]', 1, 0, 0)`,
		`INSERT INTO documents (resource, id, body, version, created_at, updated_at) VALUES ('orders', 2, '{', 1, 0, 0)`,
		`INSERT INTO documents (resource, id, body, version, created_at, updated_at) VALUES ('orders', 0, '{}', 1, 0, 0)`,
		`INSERT INTO documents (resource, id, body, version, created_at, updated_at) VALUES ('orders', 1, '{}', 1, 0, 0)`,
		`INSERT INTO documents (resource, id, body, version, created_at, updated_at) VALUES ('unnumbered', 1, '{}', 1, 0, 0)`,
		`INSERT INTO documents (resource, id, parent, body, version, created_at, updated_at) VALUES ('orders', 2, 99, '{}', 1, 0, 0)`,
		`INSERT INTO documents (resource, id, body, version, created_at, updated_at) VALUES ('orders', 2, '{}', 0, 0, 0)`,
		`INSERT INTO documents (resource, id, body, version, created_at, updated_at) VALUES ('orders', 2, '{}', 1, 'now', 0)`,
		`INSERT INTO collections (resource, last_id, version, changed_at) VALUES ('', 1, 1, 0)`,
	} {
		if _, err := data.writer.Pool.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("accepted: %s", statement)
		}
	}
	if _, err := data.reader.Pool.ExecContext(t.Context(), `DELETE FROM documents`); err == nil {
		t.Error("the reading pool could write")
	}
}

// What is asked for most must not read the whole table.
func TestQueriesUseIndexes(t *testing.T) {
	t.Parallel()
	data := openHere(t)
	top := Collection{Resource: "orders"}
	sub := Collection{Resource: "orders_shipments", ParentResource: "orders", Parent: 1}
	since := []Condition{{Field: "date_modified", Operator: AtLeast, Value: "2026-03-01"}}
	newest := []Order{{Field: "date_modified", Descending: true}}
	for _, test := range []struct {
		name       string
		collection Collection
		query      Query
		index      string
		sorts      bool
	}{
		{"page", top, Query{}, "sqlite_autoindex_documents_1 (resource=?)", false},
		{"page below a parent", sub, Query{}, "documents_by_parent (parent=? AND resource=?)", false},
		{"range of numbers", top, Query{Where: []Condition{{Field: "id", Operator: AtLeast, Value: "7"}}}, "sqlite_autoindex_documents_1 (resource=? AND id>?)", false},
		{"changed since", top, Query{Where: since}, "documents_by_change (resource=? AND updated_at>?)", true},
		{"newest", top, Query{Sort: newest}, "documents_by_change (resource=?)", true},
	} {
		test.query.Limit = 50
		of, err := test.query.selecting(`EXPLAIN QUERY PLAN SELECT `+test.collection.columns()+` FROM documents WHERE `, test.collection)
		if err != nil {
			t.Fatal(err)
		}
		if err := test.query.page(&of, documentFields{}); err != nil {
			t.Fatal(err)
		}
		plan := explain(t, data, of)
		if !strings.Contains(plan, test.index) || strings.Contains(plan, "SCAN") || (!test.sorts && strings.Contains(plan, "TEMP B-TREE")) {
			t.Errorf("%s: the plan is\n%s, want a search by %s", test.name, plan, test.index)
		}
	}
}

func explain(t *testing.T, data *Data, of clause) string {
	t.Helper()
	rows, err := data.reader.Pool.QueryContext(t.Context(), of.text, of.args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

func BenchmarkList50(b *testing.B) {
	data := openHere(b)
	collection := Collection{Resource: "orders"}
	for range 100 {
		if _, err := data.Create(b.Context(), collection, Fields{"name": json.RawMessage(`"a pair of shoes"`), "price": json.RawMessage("12.5")}, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if list, err := data.List(b.Context(), collection, Query{Page: 1, Limit: 50}); err != nil || len(list) != 50 {
			b.Fatal(len(list), err)
		}
	}
}

func BenchmarkCreate(b *testing.B) {
	data := openHere(b)
	collection := Collection{Resource: "orders"}
	fields := Fields{"name": json.RawMessage(`"a pair of shoes"`)}
	for b.Loop() {
		if _, err := data.Create(b.Context(), collection, fields, nil); err != nil {
			b.Fatal(err)
		}
	}
}
