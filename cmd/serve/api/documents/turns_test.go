package documents

import (
	"context"
	"errors"
	"testing"
)

// TestTurns: a user's queries wait for each other and not for another's, and who stops waiting takes no turn.
func TestTurns(t *testing.T) {
	t.Parallel()
	queries := Turns{OfOneUser: 2}
	take := func(user int64) func() {
		t.Helper()
		end, err := queries.Take(t.Context(), user)
		if err != nil {
			t.Fatal(err)
		}
		return end
	}
	first, second, other := take(1), take(1), take(2)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := queries.Take(gone, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a third query of one user: got %v, want it to wait until its client is gone", err)
	}
	taken := make(chan func())
	go func() { taken <- take(1) }()
	first()
	(<-taken)()
	second()
	other()
	if len(queries.ofUsers) != 0 {
		t.Errorf("afterwards %d users are known, want none", len(queries.ofUsers))
	}
}
