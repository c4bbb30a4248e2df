package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"latchkey/cmd/internal/private"
	"latchkey/cmd/serve/certificate"
	"latchkey/db/exposed"
)

// secureFiles closes files of the database that others could only read, and refuses what they could write, and the key of the
// local CA if they could read it: all of them in one error.
func (s *server) secureFiles() error {
	closed, err := exposed.Secure(exposed.Files(s.Database)...)
	if err == nil && closed != nil {
		s.print("warning: " + exposed.InWords(closed) + "\n")
	}
	if s.CertFile == "" {
		err = inOneLine(err, certificate.RefuseKey(filepath.Dir(s.Database)))
	}
	return err
}

// inOneLine is both errors, for people who read them one after the other.
func inOneLine(first, second error) error {
	if first == nil || second == nil {
		return errors.Join(first, second)
	}
	return fmt.Errorf("%w; %w", first, second)
}

// exposedFiles knows which files others than their owner can use, or have another name for. It is safe for concurrent use.
type exposedFiles struct {
	count atomic.Int64
	said  string
}

// watchFiles looks after each pause, until the context ends. It is no reason to answer nobody: whoever could use the files has
// done so, and only an administrator can know what that means.
func (s *server) watchFiles(ctx context.Context, of *exposedFiles) {
	ticker := time.NewTicker(s.checkPause)
	defer ticker.Stop()
	for {
		s.lookAtFiles(of)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *server) lookAtFiles(of *exposedFiles) {
	found := exposed.Among(append(exposed.Files(s.Database), SecretFiles(s.Database)...)...)
	of.count.Store(int64(len(found)))
	names := make([]string, len(found))
	for i, file := range found {
		names[i] = file.InWords()
	}
	was := of.said
	of.said = strings.Join(names, ", ")
	switch {
	case of.said == was:
	case of.said != "":
		s.Log.Warn("files are open to others than their owner, or have another name: 'latchkey doctor' says what to do", "files", of.said)
	default:
		s.Log.Info("files are for their owner alone again")
	}
}

// ExposedSecrets are the errors of keys and tokens beside a database that others can use, each with what to do: they are never
// mended.
func ExposedSecrets(database string) []error {
	var found []error
	for _, err := range []error{certificate.RefuseKey(filepath.Dir(database)), exposedToken(database)} {
		if err != nil {
			found = append(found, err)
		}
	}
	return found
}

// exposedToken is [private.ErrUnsafe] where others can use the file of the first token.
func exposedToken(database string) error {
	path := tokenFile(database)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&private.OpenToOthers == 0 {
		return nil //nolint:nilerr // for whoever reads it to refuse
	}
	return private.Exposed(path, info, "run 'latchkey token regenerate "+firstUser+" --save', and remove the file")
}
