package db_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"latchkey/db"
)

// TestSwappedDatabaseAuthenticatesNobody: an older copy stands in the place for a while, in which an ended token would
// work. No connection made meanwhile may serve a request after that.
func TestSwappedDatabaseAuthenticatesNobody(t *testing.T) {
	t.Parallel()
	w, old := newWorld(t), newWorld(t)
	for _, world := range []*world{w, old} {
		world.saveEdit(ann, add, "ci")
	}
	old.saveEdit(ann, old.enable(digest("ended")), "ci")
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	server := w.serve()
	mustRename(t, w.path, w.path+".away")
	mustRename(t, old.path, w.path)
	for _, when := range []string{"swapped", "put back"} {
		err := server.Check(t.Context())
		if !errors.Is(err, db.ErrMoved) {
			t.Errorf("%s: checking: got %v, want ErrMoved", when, err)
		}
		var group sync.WaitGroup
		for range 8 * runtime.GOMAXPROCS(0) { // more than the pool has connections
			group.Go(func() {
				if _, err := server.Authenticate(t.Context(), "ci", digest("ended")); !errors.Is(err, db.ErrMoved) {
					t.Errorf("%s: got %v, want ErrMoved", when, err)
				}
			})
		}
		group.Wait()
		_ = os.Rename(w.path, old.path)
		_ = os.Rename(w.path+".away", w.path)
	}
}

func mustRename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// TestCheckWaitsForNoRequest: however many requests wait for a connection, whether the database answers is known.
func TestCheckWaitsForNoRequest(t *testing.T) {
	t.Parallel()
	server := newWorld(t).serve()
	release := make(chan struct{})
	var began, ended sync.WaitGroup
	requests := 2 * runtime.GOMAXPROCS(0)
	began.Add(requests)
	for range requests {
		ended.Go(func() {
			err := server.Holders(t.Context(), db.State{}, func(*db.Holders) error {
				began.Done()
				<-release
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	began.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := server.Check(ctx); err != nil {
		t.Error(err)
	}
	close(release)
	ended.Wait()
}
