package certificate

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"latchkey/cmd/internal/private"
)

// Names of the local CA's files, in the directory of the database.
const (
	AuthorityFile    = "ca.pem"
	AuthorityKeyFile = "ca-key.pem"
)

// AuthorityBeside is the path of the local CA's certificate beside a database; "" where there is none.
func AuthorityBeside(database string) string {
	path := filepath.Join(filepath.Dir(database), AuthorityFile)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return path
}

// openAuthority reads the local CA in the directory, or makes one that can sign for the names. Where one stood that
// cannot serve any longer, outdated says why: clients must then trust the new file. One that serves, though not for
// these names, is [ErrUnusable]: other servers and their clients rely on it. The caller holds the directory's lock,
// so that servers starting together end up with one CA.
func openAuthority(directory string, wanted names, now time.Time, random io.Reader) (found authority, outdated string, err error) {
	found, err = readAuthority(directory)
	if err != nil {
		return authority{}, "", err
	}
	if found == (authority{}) {
		found, err = makeAuthority(directory, wanted, now, random)
		return found, "", err
	}
	if outdated = found.outdated(now); outdated != "" {
		found, err = makeAuthority(directory, wanted, now, random)
		return found, outdated, err
	}
	if host := found.refuses(wanted); host != "" {
		return authority{}, "", fmt.Errorf("%w: the local CA %s is not for %s, but for %s, and clients would have to trust a new one: "+
			"listen on an address that it is for, give --cert and --key, or remove %s and %s there to have a new one made",
			ErrUnusable, filepath.Join(directory, AuthorityFile), host, found.permitted(), AuthorityFile, AuthorityKeyFile)
	}
	return found, "", nil
}

func makeAuthority(directory string, wanted names, now time.Time, random io.Reader) (authority, error) {
	made, err := newAuthority(wanted, now, random)
	if err != nil {
		return authority{}, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(made.key)
	if err != nil {
		return authority{}, fmt.Errorf("encoding the key of the local CA: %w", err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	if err := private.Write(filepath.Join(directory, AuthorityKeyFile), block, private.Secret); err != nil {
		return authority{}, err
	}
	block = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.certificate.Raw})
	return made, private.Write(filepath.Join(directory, AuthorityFile), block, private.Public)
}

// readAuthority reads both files; what is missing stays nil.
func readAuthority(directory string) (found authority, err error) {
	if err := RefuseKey(directory); err != nil {
		return authority{}, err
	}
	found.key, err = readPart(filepath.Join(directory, AuthorityKeyFile), private.OpenToOthers, parseKey)
	if err != nil {
		return authority{}, err
	}
	found.certificate, err = readPart(filepath.Join(directory, AuthorityFile), 0, parseCertificate)
	return found, err
}

// RefuseKey returns [private.ErrUnsafe] where others could read the key of the CA, with what to do about that: whoever has read it
// can make certificates that clients trust, so that nothing is mended here.
func RefuseKey(directory string) error {
	path := filepath.Join(directory, AuthorityKeyFile)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&private.OpenToOthers == 0 {
		return nil //nolint:nilerr // for whoever reads it to refuse
	}
	remedy := fmt.Sprintf("if somebody may have, remove %s and it, to have a new CA made; if not, run 'chmod 600 %s'", AuthorityFile, path)
	return private.Exposed(path, info, "who has read it can make certificates that clients trust: "+remedy)
}

// closeCertificate takes from others that they can write the certificate, which its key has proved to be the one that was made.
// That others can read it is as it should be.
func closeCertificate(directory string, log *slog.Logger) {
	path := filepath.Join(directory, AuthorityFile)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&private.WritableByOthers == 0 {
		return
	}
	if err := private.SetMode(path, private.Public); err != nil {
		log.Warn("others can replace the certificate that clients trust", "file", path, "error", err)
		return
	}
	log.Warn("others could write the certificate that clients trust: it is as it was made, and closed now", "file", path)
}

func readPart[Part any](path string, forbidden fs.FileMode, parse func(text []byte) (*Part, error)) (*Part, error) {
	text, err := private.Read(path, forbidden)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading the local CA: %w", err)
	}
	part, err := parse(text)
	if err != nil {
		return nil, notOurs(path, err)
	}
	return part, nil
}

// errNotOurs: the file was not made by makeAuthority, so it is not ours to replace.
var errNotOurs = errors.New("not a local CA made by latchkey")

// notOurs is the error of a file that was not made here, and must not be overwritten.
func notOurs(path string, err error) error {
	return fmt.Errorf("%w: %s: %w: move it and its companion away, a new local CA will be made", ErrUnusable, path, err)
}

func parseKey(text []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, errNotOurs
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errNotOurs // the parser's own words could quote the file
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errNotOurs
	}
	return key, nil
}

func parseCertificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errNotOurs
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err == nil && !madeByUs(certificate) {
		err = errNotOurs
	}
	return certificate, err
}
