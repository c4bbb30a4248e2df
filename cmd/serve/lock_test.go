package serve

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"latchkey/cmd/serve/certificate"
)

// TestAuthoritiesMadeTogetherAreOne: servers that start at the same moment take turns.
func TestAuthoritiesMadeTogetherAreOne(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	const servers = 8
	found := make([][]byte, servers)
	var group sync.WaitGroup
	for i := range servers {
		group.Go(func() {
			unlock, err := lockDirectory(t.Context(), directory)
			if err != nil {
				t.Error(err)
				return
			}
			_, _, err = certificate.OpenLocal(directory, []string{"127.0.0.1"}, time.Now, rand.Reader, slog.New(slog.DiscardHandler))
			if err == nil {
				found[i], err = os.ReadFile(filepath.Join(directory, certificate.AuthorityFile))
			}
			if err := errors.Join(err, unlock()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, other := range found[1:] {
		if len(other) == 0 || !bytes.Equal(other, found[0]) {
			t.Fatal("got different CAs, want one")
		}
	}
}

func TestLockWaitsAndGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	unlock, err := lockDirectory(t.Context(), directory)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock() //nolint:errcheck // the test is over
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := lockDirectory(ctx, directory); !errors.Is(err, ctx.Err()) || err == nil {
		t.Errorf("got %v, want the end of the context", err)
	}
}
