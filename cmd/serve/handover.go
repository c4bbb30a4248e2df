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

	"latchkey/db"
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

// openHandover looks for a token's file, of this start or of an earlier one. A file that holds no token in force is
// reported and left to the administrator.
func (s *server) openHandover(ctx context.Context, users *db.DB) (*handover, error) {
	waiting := &handover{path: s.tokenFile(), log: s.Log}
	text, err := readOwnFile(waiting.path, openToOthers)
	if errors.Is(err, fs.ErrNotExist) {
		return waiting, nil
	}
	var token tokens.Token
	if err == nil {
		token, err = tokens.Parse(strings.TrimSuffix(string(text), "\n"))
	}
	if err == nil {
		waiting.digest = token.Digest()
		_, err = users.Authenticate(ctx, firstUser, waiting.digest)
	}
	switch {
	case err == nil:
		waiting.pending.Store(true)
	case errors.Is(err, db.ErrUnauthenticated):
		tell(s.Story, fmt.Sprintf("%s holds a token that is not in force: remove the file\n", waiting.path))
	case errors.Is(err, ErrUnsafe), errors.Is(err, tokens.ErrMalformed), errors.Is(err, tokens.ErrChecksum):
		tell(s.Story, fmt.Sprintf("%s is not used: %v\n", waiting.path, err))
	default:
		return nil, fmt.Errorf("reading %s: %w", waiting.path, err)
	}
	return waiting, nil
}

// authenticated is told of every authentication that succeeded.
func (h *handover) authenticated(_ db.Identity, presented tokens.Digest) {
	if !h.pending.Load() || !presented.Equal(h.digest) || !h.pending.CompareAndSwap(true, false) {
		return
	}
	if err := os.Remove(h.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.log.Error("file of the first token cannot be removed: remove it by hand", "error", err)
		return
	}
	h.log.Info("first token was used, its file is removed", "file", h.path)
}

// curl is a line that works now: with the token's file while it is there, else curl asks for the token.
func (h *handover) curl(at site) string {
	if h.pending.Load() {
		return at.curl(`"` + firstUser + `:$(cat ` + quote(h.path) + `)"`)
	}
	return at.curl("NAME")
}
