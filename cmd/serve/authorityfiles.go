package serve

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"
)

const (
	authorityFile    = "ca.pem"
	authorityKeyFile = "ca-key.pem"
)

// openAuthority reads the local CA in the directory, or makes one that can sign for the names. Where one stood that
// cannot serve any longer, outdated says why: clients must then trust the new file. The caller holds the directory's
// lock, so that servers starting together end up with one CA.
func openAuthority(directory string, wanted names, now time.Time, random io.Reader) (found authority, outdated string, err error) {
	found, err = readAuthority(directory)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		// Also when one of the files is missing: a start was interrupted between them, or somebody removed the other.
		found, err = makeAuthority(directory, wanted, now, random)
		return found, "", err
	case err != nil:
		return authority{}, "", err
	}
	outdated, err = found.check(wanted, now)
	if err != nil {
		return authority{}, "", notOurs(filepath.Join(directory, authorityFile), err)
	}
	if outdated != "" {
		found, err = makeAuthority(directory, wanted, now, random)
	}
	return found, outdated, err
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
	if err := writeFile(filepath.Join(directory, authorityKeyFile), block, modeSecret); err != nil {
		return authority{}, err
	}
	block = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.certificate.Raw})
	return made, writeFile(filepath.Join(directory, authorityFile), block, modePublic)
}

// readAuthority reads both files. fs.ErrNotExist when either is missing.
func readAuthority(directory string) (authority, error) {
	keyPath, path := filepath.Join(directory, authorityKeyFile), filepath.Join(directory, authorityFile)
	keyText, keyErr := readOwnFile(keyPath, openToOthers)
	text, err := readOwnFile(path, writableByOthers)
	for _, err := range []error{keyErr, err} {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return authority{}, fmt.Errorf("reading the local CA: %w", err)
		}
	}
	if err := errors.Join(keyErr, err); err != nil {
		return authority{}, err
	}
	key, err := parseKey(keyText)
	if err != nil {
		return authority{}, notOurs(keyPath, err)
	}
	certificate, err := parseCertificate(text)
	if err != nil {
		return authority{}, notOurs(path, err)
	}
	return authority{certificate: certificate, key: key}, nil
}

// notOurs refuses a file that somebody else put there, rather than to overwrite it.
func notOurs(path string, err error) error {
	return fmt.Errorf("%w: %s: %w: move it and its companion away, a new local CA will be made", ErrCertificate, path, err)
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
	return x509.ParseCertificate(block.Bytes)
}
