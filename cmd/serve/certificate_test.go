package serve

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"latchkey/cmd/internal/private"
	"latchkey/cmd/serve/certificate"
)

func writePEM(t *testing.T, path, kind string, content []byte, mode os.FileMode) {
	t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
	if err := os.WriteFile(path, text, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// certificatePair is a certificate of its own for tests, as an administrator would bring it.
type certificatePair struct {
	authority *x509.CertPool
	leaf      *x509.Certificate
	certFile  string
	keyFile   string
	made      string // directory of the CA
}

func newPair(t *testing.T, directory string) certificatePair {
	t.Helper()
	pair := certificatePair{
		certFile: filepath.Join(directory, "cert.pem"), keyFile: filepath.Join(directory, "key.pem"),
		authority: x509.NewCertPool(), made: t.TempDir(),
	}
	pair.renew(t)
	pair.authority.AppendCertsFromPEM(mustRead(t, filepath.Join(pair.made, certificate.AuthorityFile)))
	return pair
}

// renew replaces both files as careful tools do: by renaming.
func (p *certificatePair) renew(t *testing.T) {
	t.Helper()
	local, _, err := certificate.OpenLocal(p.made, []string{"127.0.0.1"}, time.Now, rand.Reader, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	current, err := local.Get(nil)
	if err != nil {
		t.Fatal(err)
	}
	p.leaf = current.Leaf
	key, err := x509.MarshalPKCS8PrivateKey(current.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, p.certFile+".new", "CERTIFICATE", p.leaf.Raw, 0o644)
	writePEM(t, p.keyFile+".new", "PRIVATE KEY", key, 0o600)
	for _, file := range []string{p.certFile, p.keyFile} {
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
}

// TestKeyFromTheServiceManager: systemd's credentials have mode 0440, by the mask of their access control list. That
// counts in its directory alone, and to others they must be closed there too.
func TestKeyFromTheServiceManager(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		mode    os.FileMode
		inside  bool
		refused bool
	}{{0o440, true, false}, {0o400, true, false}, {0o440, false, true}, {0o444, true, true}, {0o460, true, true}} {
		s := newServer(t)
		directory := t.TempDir()
		pair := newPair(t, directory)
		mustChmod(t, pair.keyFile, test.mode)
		s.CertFile, s.KeyFile, s.Credentials, s.Log = pair.certFile, pair.keyFile, directory+"/", textLog(new(bytes.Buffer))
		if !test.inside {
			s.Credentials = filepath.Dir(directory)
		}
		if _, err := s.openCertificateFiles(); errors.Is(err, private.ErrUnsafe) != test.refused || (err != nil) != test.refused {
			t.Errorf("mode %04o, in the directory %t: got %v, want refused %t", test.mode, test.inside, err, test.refused)
		}
	}
}
