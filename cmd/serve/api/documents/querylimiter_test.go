package documents

import (
	"context"
	"errors"
	"testing"
)

// TestQueriesOfAUserWait: for each other and not for those of others. One that stops waiting takes no place.
func TestQueriesOfAUserWait(t *testing.T) {
	t.Parallel()
	queries := QueryLimiter{PerUser: 2}
	take := func(user int64) func() {
		t.Helper()
		end, err := queries.Acquire(t.Context(), user)
		if err != nil {
			t.Fatal(err)
		}
		return end
	}
	first, second, other := take(1), take(1), take(2)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := queries.Acquire(gone, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a third query of one user: got %v, want it to wait until its client is gone", err)
	}
	taken := make(chan func())
	go func() { taken <- take(1) }()
	first()
	(<-taken)()
	second()
	other()
	if len(queries.users) != 0 {
		t.Errorf("afterwards %d users are known, want none", len(queries.users))
	}
}
