package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"latchkey/cmd/internal/private"
	"latchkey/db"
	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/tokens"
)

// handover removes the file with the first token when that token is used: whoever used it has it. It is safe for
// concurrent use; the zero value has nothing to remove.
type handover struct {
	path    string
	digest  tokens.Digest
	log     *slog.Logger
	pending atomic.Bool
}

// openHandover looks for a token's file, of this start or of an earlier one. A file whose token is no longer in force
// is removed; one that holds no token of ours is reported and left to the administrator. The caller holds the
// directory's lock: a first start has its file before its database.
func (s *server) openHandover(ctx context.Context, users *db.DB) (*handover, error) {
	waiting := &handover{path: tokenFile(s.Database), log: s.Log}
	text, err := private.Read(waiting.path, private.OpenToOthers)
	if errors.Is(err, fs.ErrNotExist) {
		return waiting, nil
	}
	var token tokens.Token
	if err == nil {
		token, err = tokens.Parse(strings.TrimSuffix(string(text), "\n"))
	}
	if err == nil {
		waiting.digest = token.Digest()
		err = inForce(ctx, users, waiting.digest, s.Clock())
	}
	switch {
	case err == nil:
		waiting.pending.Store(true)
	case errors.Is(err, model.ErrUnauthenticated):
		s.removeStale(waiting.path)
	case errors.Is(err, private.ErrUnsafe), errors.Is(err, tokens.ErrMalformed), errors.Is(err, tokens.ErrChecksum):
		s.tell(fmt.Sprintf("warning: %s is not used: %v\n", waiting.path, err))
	default:
		return nil, fmt.Errorf("reading %s: %w", waiting.path, err)
	}
	return waiting, nil
}

func (s *server) removeStale(path string) {
	if err := os.Remove(path); err != nil {
		s.tell(fmt.Sprintf("warning: the token in %s is no longer in force: remove the file by hand: %v\n", path, err))
		return
	}
	s.tell(fmt.Sprintf("the token in %s was no longer in force: the file is removed\n", path))
}

// authenticated is told of every authentication that succeeded.
func (h *handover) authenticated(_ snapshot.Identity, presented tokens.Digest) {
	if !h.pending.Load() || !presented.Equal(h.digest) || !h.pending.CompareAndSwap(true, false) {
		return
	}
	if err := os.Remove(h.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.log.Error("file of the first token cannot be removed: remove it by hand", "error", err)
		return
	}
	h.log.Info("first token was used, its file is removed", "file", h.path)
}

// inForce returns db.ErrUnauthenticated unless the token is somebody's: the first user may have been renamed since.
func inForce(ctx context.Context, users *db.DB, digest tokens.Digest, now time.Time) error {
	owners, err := users.Owners(ctx, func(access tokens.Access) bool { return access.Accepts(digest, now) })
	if err == nil && len(owners) == 0 {
		err = model.ErrUnauthenticated
	}
	return err
}
