package sqlite_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// TestAskingDoesNotWaitForOtherWork has transactions on every connection that requests may have.
func TestAskingDoesNotWaitForOtherWork(t *testing.T) {
	t.Parallel()
	file := openWatched(t, create(t))
	for range file.Pool.Stats().MaxOpenConnections - 1 {
		tx, err := file.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := file.Pool.Conn(cancelled(t)); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v: the pool is not busy, so nothing is tested", err)
	}
	if err := file.Ask(ctx); err != nil {
		t.Error(err)
	}
}

func cancelled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// TestWhoGivesUpDisturbsNobody: a client of a probe that goes away must not make the database look broken to others.
func TestWhoGivesUpDisturbsNobody(t *testing.T) {
	t.Parallel()
	file := openWatched(t, create(t))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 300 {
				if err := file.Ask(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		group.Go(func() {
			for range 300 {
				ctx, cancel := context.WithCancel(t.Context())
				go cancel()
				if err := file.Ask(ctx); err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

// TestAskingAFileThatIsNotWatched is what a command could do.
func TestAskingAFileThatIsNotWatched(t *testing.T) {
	t.Parallel()
	if err := open(t, create(t), true).Ask(t.Context()); err != nil {
		t.Error(err)
	}
}
