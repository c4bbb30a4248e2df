package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"latchkey/cmd/internal/private"
)

// reloadPause is the least time between two looks at the certificate files.
const reloadPause = time.Second

// Files is the server's certificate from --cert and --key, read anew when the files change (H9). It is
// safe for concurrent use. Symbolic links are followed: the usual tools for certificates keep the newest one behind
// one.
type Files struct {
	path, keyPath string
	forbidden     os.FileMode // bits that the key's mode may not have
	clock         func() time.Time
	log           *slog.Logger

	current atomic.Pointer[tls.Certificate]

	looked atomic.Pointer[time.Time] // with its monotonic reading: setting the clock must not put the next look off

	looking sync.Mutex // held by the one handshake that looks at the files; the others do not wait for it
	seen    [2]os.FileInfo
}

// sameFile reports whether nothing was replaced, written or, after a refusal of its mode, given another mode.
func sameFile(before, after os.FileInfo) bool {
	return os.SameFile(before, after) && before.ModTime().Equal(after.ModTime()) &&
		before.Size() == after.Size() && before.Mode() == after.Mode()
}

// OpenFiles reads the pair. [private.ErrUnsafe] where the key's mode has a forbidden bit, [ErrUnusable] where the pair is
// none.
func OpenFiles(path, keyPath string, forbidden os.FileMode, clock func() time.Time, log *slog.Logger) (*Files, error) {
	files := &Files{path: path, keyPath: keyPath, forbidden: forbidden, clock: clock, log: log}
	found, err := files.stat()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	if err := files.load(); err != nil {
		return nil, err
	}
	files.seen = found
	now := clock()
	files.looked.Store(&now)
	return files, nil
}

// Get is a tls.Config's GetCertificate. A pair that cannot be used is logged once, and the former one stays.
func (c *Files) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if now := c.clock(); now.Sub(*c.looked.Load()) >= reloadPause && c.looking.TryLock() {
		c.looked.Store(&now)
		c.reload()
		c.looking.Unlock()
	}
	return c.current.Load(), nil
}

// Leaf is the certificate that is served now.
func (c *Files) Leaf() *x509.Certificate { return c.current.Load().Leaf }

func (c *Files) reload() {
	found, err := c.stat()
	if err != nil {
		// Between the removal of the old file and the arrival of the new one this is no news.
		c.log.Debug("certificate files cannot be looked at, the former pair stays", "error", err)
		return
	}
	if sameFile(c.seen[0], found[0]) && sameFile(c.seen[1], found[1]) {
		return
	}
	c.seen = found // taken before the files are read: a change meanwhile is seen at the next look
	if err := c.load(); err != nil {
		c.log.Error("new certificate refused, the former one stays", "error", err)
		return
	}
	c.log.Info("certificate reloaded", "file", c.path, "until", c.current.Load().Leaf.NotAfter.UTC())
}

func (c *Files) stat() (found [2]os.FileInfo, err error) {
	for i, path := range []string{c.path, c.keyPath} {
		if found[i], err = os.Stat(path); err != nil {
			return found, err
		}
	}
	return found, nil
}

func (c *Files) load() error {
	text, err := readFollowing(c.path, 0)
	if err != nil {
		return err
	}
	keyText, err := readFollowing(c.keyPath, c.forbidden)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(text, keyText)
	if err != nil {
		return fmt.Errorf("%w: %s with %s: %w", ErrUnusable, c.path, c.keyPath, err)
	}
	if end := pair.Leaf.NotAfter; c.clock().After(end) {
		// Served all the same: a renewal is then picked up without a restart.
		c.log.Warn("certificate has ended, clients will refuse it: renew it", "file", c.path, "ended", end.UTC())
	}
	c.current.Store(&pair)
	return nil
}

func readFollowing(path string, forbidden os.FileMode) ([]byte, error) {
	// O_NONBLOCK: a named pipe in its place must not make the server, or a handshake, wait for a writer.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrUnusable, err), file.Close())
	}
	content, err := private.ReadOpen(file, forbidden&private.KeyMode(info))
	if err != nil && !errors.Is(err, private.ErrUnsafe) {
		err = fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	return content, errors.Join(err, file.Close())
}
