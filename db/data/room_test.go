package data_test

import (
	"errors"
	"math"
	"testing"

	"golang.org/x/sys/unix"

	"latchkey/db/data"
)

// TestLittleSpaceIsLeftFree: below what is to be left free nothing grows, and below half of it nothing is deleted either,
// since that has to be written down first (D12).
func TestLittleSpaceIsLeftFree(t *testing.T) {
	t.Parallel()
	file, clock := fresh(t)
	ctx := t.Context()
	kept, err := file.Create(ctx, orders, fields(t, `{"total": 1}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.UpdateSingle(ctx, data.Collection{Resource: "store"}, fields(t, `{"name": "x"}`), nil); err != nil {
		t.Fatal(err)
	}
	writes := map[string]func() error{
		"create": func() error { _, err := file.Create(ctx, orders, fields(t, `{}`), nil); return err },
		"update": func() error { _, err := file.Update(ctx, orders, kept.ID, fields(t, `{"total": 2}`), nil); return err },
		"update a single": func() error {
			_, err := file.UpdateSingle(ctx, data.Collection{Resource: "store"}, fields(t, `{"name": "y"}`), nil)
			return err
		},
		"make a single": func() error {
			_, err := file.UpdateSingle(ctx, data.Collection{Resource: "shop"}, fields(t, `{"name": "y"}`), nil)
			return err
		},
		"import": func() error {
			draft, err := data.NewDraft(0, fields(t, `{}`))
			return errors.Join(err, file.Import(ctx, orders, []data.Draft{draft}, nil))
		},
		"request log": func() error {
			return file.AppendRequestLogs(ctx, []data.RequestLog{{Time: clock.time(), Resource: "orders", Method: "GET", Status: 200}}, 10)
		},
		"last use": func() error {
			return file.MarkUsed(ctx, []data.TokenUse{{UserID: 1, Fingerprint: "0123456789ab", At: clock.time()}})
		},
	}
	deletions := map[string]func() error{
		"delete":     func() error { return file.Delete(ctx, orders, kept.ID, nil) },
		"delete all": func() error { return file.DeleteAll(ctx, orders, nil, nil) },
	}
	refused := func(what map[string]func() error, minFree func(int64) int64) {
		t.Helper()
		file.MinFree = minFree
		for name, write := range what {
			if err := write(); !errors.Is(err, data.ErrLittleLeft) || !errors.Is(err, data.ErrFull) {
				t.Errorf("%s: got %v, want %v", name, err, data.ErrLittleLeft)
			}
		}
	}
	everything := func(int64) int64 { return math.MaxInt64 }
	refused(writes, everything)
	refused(deletions, everything)
	if document, err := file.Get(ctx, orders, kept.ID); err != nil || string(document.Body) != `{"total":1}` {
		t.Errorf("got %s, %v: it was changed", document.Body, err)
	}
	var stat unix.Statfs_t
	if err := unix.Statfs(t.TempDir(), &stat); err != nil {
		t.Fatal(err)
	}
	more := int64(stat.Bavail) * int64(stat.Bsize) * 3 / 2 //nolint:unconvert // of another type on macOS
	refused(writes, func(int64) int64 { return more })
	for name, write := range deletions {
		if err := write(); err != nil && !errors.Is(err, data.ErrNoDocument) {
			t.Errorf("%s, with more than half of it free: %v", name, err)
		}
	}
	file.MinFree = func(int64) int64 { return 0 }
	for name, write := range writes {
		if err := write(); err != nil && !errors.Is(err, data.ErrNoDocument) {
			t.Errorf("%s, nothing being left free: %v", name, err)
		}
	}
}
