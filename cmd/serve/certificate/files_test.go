package certificate

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/cmd/internal/private"
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
	authority authority
	leaf      *tls.Certificate
	certFile  string
	keyFile   string
}

func newPair(t *testing.T, directory string) certificatePair {
	t.Helper()
	pair := certificatePair{certFile: filepath.Join(directory, "cert.pem"), keyFile: filepath.Join(directory, "key.pem")}
	made, err := newAuthority(namesFor("127.0.0.1"), time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pair.authority = made
	pair.renew(t)
	return pair
}

// renew replaces both files as careful tools do: by renaming.
func (p *certificatePair) renew(t *testing.T) {
	t.Helper()
	local, err := newLocal(p.authority, namesFor("127.0.0.1"), time.Now, rand.Reader, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p.leaf = local.current
	key, err := x509.MarshalPKCS8PrivateKey(local.current.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, p.certFile+".new", "CERTIFICATE", p.leaf.Certificate[0], 0o644)
	writePEM(t, p.keyFile+".new", "PRIVATE KEY", key, 0o600)
	for _, file := range []string{p.certFile, p.keyFile} {
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *certificatePair) serial() string { return p.leaf.Leaf.SerialNumber.String() }

func TestCertificateFilesAreReloaded(t *testing.T) {
	t.Parallel()
	pair, clock, logged := newPair(t, t.TempDir()), newFakeClock(), new(bytes.Buffer)
	files, err := OpenFiles(pair.certFile, pair.keyFile, private.OpenToOthers, clock.now, textLog(logged))
	if err != nil {
		t.Fatal(err)
	}
	expect := func(when, serial string) {
		t.Helper()
		if got := mustGet(t, files.Get).Leaf.SerialNumber.String(); got != serial {
			t.Errorf("%s: got serial %s, want %s\n%s", when, got, serial, logged)
		}
	}
	first := pair.serial()
	expect("at the start", first)
	pair.renew(t)
	second := pair.serial()
	expect("before a second is over", first)
	clock.advance(time.Second)
	expect("after a second", second)

	// A key that does not belong to the certificate, for as long as it takes to notice.
	key, err := os.ReadFile(pair.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	pair.renew(t)
	third, thirdKey := pair.serial(), mustRead(t, pair.keyFile)
	replace(t, pair.keyFile, key, 0o600)
	for range 3 {
		clock.advance(time.Second)
		expect("with the key of another", second)
	}
	if count := strings.Count(logged.String(), "refused"); count != 1 {
		t.Errorf("got %d refusals logged, want 1:\n%s", count, logged)
	}

	// A key others can read is not taken either; a chmod is enough to mend that.
	replace(t, pair.keyFile, thirdKey, 0o644)
	clock.advance(time.Second)
	expect("with an open key", second)
	if err := os.Chmod(pair.keyFile, 0o600); err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Second)
	expect("after the chmod", third)

	if err := os.Remove(pair.certFile); err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Second)
	expect("without the file", third)
	if bytes.Contains(logged.Bytes(), key[30:60]) {
		t.Error("the log holds a part of a key")
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func replace(t *testing.T, path string, content []byte, mode os.FileMode) {
	t.Helper()
	if err := errors.Join(os.Remove(path), os.WriteFile(path, content, mode), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

func textLog(into *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(into, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func TestCertificateFilesAreRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(t *testing.T, pair certificatePair)
		want   error
		says   string
	}{
		{"key open to the group", func(t *testing.T, pair certificatePair) { mustChmod(t, pair.keyFile, 0o640) }, private.ErrUnsafe, "chmod 600"},
		{"key open to others", func(t *testing.T, pair certificatePair) { mustChmod(t, pair.keyFile, 0o604) }, private.ErrUnsafe, "chmod 600"},
		{"no key", func(t *testing.T, pair certificatePair) { mustRemove(t, pair.keyFile) }, os.ErrNotExist, pairKeyName},
		{"no certificate", func(t *testing.T, pair certificatePair) { mustRemove(t, pair.certFile) }, ErrUnusable, "cert.pem"},
		{"empty key", func(t *testing.T, pair certificatePair) { replace(t, pair.keyFile, nil, 0o600) }, ErrUnusable, pairKeyName},
		{"key is a named pipe", func(t *testing.T, pair certificatePair) { mustMakePipe(t, pair.keyFile) }, private.ErrUnsafe, "not a regular file"},
		{"certificate is a named pipe", func(t *testing.T, pair certificatePair) { mustMakePipe(t, pair.certFile) }, private.ErrUnsafe, "not a regular file"},
		{"key is a directory", func(t *testing.T, pair certificatePair) {
			mustRemove(t, pair.keyFile)
			if err := os.Mkdir(pair.keyFile, 0o700); err != nil {
				t.Fatal(err)
			}
		}, private.ErrUnsafe, "not a regular file"},
		{"key of another", func(t *testing.T, pair certificatePair) {
			other := newPair(t, t.TempDir())
			replace(t, pair.keyFile, mustRead(t, other.keyFile), 0o600)
		}, ErrUnusable, "does not match"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pair := newPair(t, t.TempDir())
			test.change(t, pair)
			_, err := OpenFiles(pair.certFile, pair.keyFile, private.OpenToOthers, time.Now, textLog(new(bytes.Buffer)))
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %v saying %q", err, test.want, test.says)
			}
		})
	}
}

const pairKeyName = "key.pem"

// mustMakePipe puts a named pipe, which nobody writes to, in the place of a file.
func mustMakePipe(t *testing.T, path string) {
	t.Helper()
	if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestPipeAtReload: a key that became a named pipe keeps no handshake waiting.
func TestPipeAtReload(t *testing.T) {
	t.Parallel()
	pair, clock, logged := newPair(t, t.TempDir()), newFakeClock(), new(bytes.Buffer)
	files, err := OpenFiles(pair.certFile, pair.keyFile, private.OpenToOthers, clock.now, textLog(logged))
	if err != nil {
		t.Fatal(err)
	}
	mustMakePipe(t, pair.keyFile)
	clock.advance(reloadPause)
	if got := mustGet(t, files.Get).Leaf.SerialNumber.String(); got != pair.serial() || !strings.Contains(logged.String(), "not a regular file") {
		t.Errorf("got serial %s, want the former one, %s, and a refusal:\n%s", got, pair.serial(), logged)
	}
}

// TestSettingTheClockDelaysNoReload: the pause is measured by a clock that nobody can set.
func TestSettingTheClockDelaysNoReload(t *testing.T) {
	t.Parallel()
	pair := newPair(t, t.TempDir())
	files, err := OpenFiles(pair.certFile, pair.keyFile, private.OpenToOthers, time.Now, textLog(new(bytes.Buffer)))
	if err != nil {
		t.Fatal(err)
	}
	if looked := files.looked.Load().String(); !strings.Contains(looked, " m=") {
		t.Errorf("got %s, want a time with a monotonic reading", looked)
	}
}

func mustChmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func mustRemove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
