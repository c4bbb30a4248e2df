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

	"latchkey/cmd/internal/private"
	"latchkey/db"
	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/tokens"
)

// firstTokenFile is the file with the first token. It is removed when that token is used: its user has it. It is
// safe for concurrent use; the zero value has nothing to remove.
type firstTokenFile struct {
	path    string
	digest  tokens.Digest
	log     *slog.Logger
	pending atomic.Bool
}

// openFirstTokenFile looks for a first token's file, of this start or of an earlier one. A file whose token is no longer
// accepted is removed. One that holds no token of ours is reported and left to the administrator. The caller holds the
// directory's lock: a first start has its file before its database.
func (s *server) openFirstTokenFile(ctx context.Context, users *db.DB) (*firstTokenFile, error) {
	found := &firstTokenFile{path: tokenFile(s.Database), log: s.Log}
	text, err := private.Read(found.path, private.OpenToOthers)
	if exposed := exposedToken(s.Database); exposed != nil {
		err = exposed
	}
	if errors.Is(err, fs.ErrNotExist) {
		return found, nil
	}
	var token tokens.Token
	if err == nil {
		token, err = tokens.Parse(strings.TrimSuffix(string(text), "\n"))
	}
	if err == nil {
		found.digest = token.Digest()
		err = inForce(ctx, users, found.digest)
	}
	switch {
	case err == nil:
		found.pending.Store(true)
	case errors.Is(err, model.ErrUnauthenticated):
		s.removeStale(found.path)
	case errors.Is(err, private.ErrUnsafe), errors.Is(err, tokens.ErrMalformed), errors.Is(err, tokens.ErrChecksum):
		s.print(fmt.Sprintf("warning: %s is not used: %v\n", found.path, err))
	default:
		return nil, fmt.Errorf("reading %s: %w", found.path, err)
	}
	return found, nil
}

func (s *server) removeStale(path string) {
	if err := os.Remove(path); err != nil {
		s.print(fmt.Sprintf("warning: the token in %s is no longer in force: remove the file by hand: %v\n", path, err))
		return
	}
	s.print(fmt.Sprintf("the token in %s was no longer in force: the file is removed\n", path))
}

// used is called for every authentication that succeeded, and removes the file if this was its token.
func (f *firstTokenFile) used(_ snapshot.Identity, presented tokens.Digest) {
	if !f.pending.Load() || !presented.Equal(f.digest) || !f.pending.CompareAndSwap(true, false) {
		return
	}
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.log.Error("file of the first token cannot be removed: remove it by hand", "error", err)
		return
	}
	f.log.Info("first token was used, its file is removed", "file", f.path)
}

// inForce returns [model.ErrUnauthenticated] unless some user has the token: the first user may have been renamed since.
func inForce(ctx context.Context, users *db.DB, digest tokens.Digest) error {
	now, err := users.Now(ctx)
	if err != nil {
		return err
	}
	owners, err := users.Owners(ctx, func(access tokens.Access) bool { return access.Accepts(digest, now, tokens.Limits{}) })
	if err == nil && len(owners) == 0 {
		err = model.ErrUnauthenticated
	}
	return err
}
