package certificate

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"latchkey/cmd/internal/private"
)

var startOfTests = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// fakeClock is a clock that stands until it is moved.
type fakeClock struct {
	mutex sync.Mutex
	time  time.Time
}

func newFakeClock() *fakeClock { return &fakeClock{time: startOfTests} }

func (c *fakeClock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.time
}

func (c *fakeClock) advance(by time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.time = c.time.Add(by)
}

func mustAuthority(t *testing.T, directory, host string, now time.Time) authority {
	t.Helper()
	found, _, err := openAuthority(directory, namesFor(host), now, rand.Reader)
	if err != nil {
		t.Fatalf("opening the local CA for %q: %v", host, err)
	}
	return found
}

// verify checks a certificate as a client would that trusts this CA alone.
func (a authority) verify(certificate *x509.Certificate, host string, now time.Time) error {
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	_, err := certificate.Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: now})
	return err
}

func TestAuthoritySignsForItsNamesOnly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		listen    string
		permitted []string
		refused   []string
	}{
		{"127.0.0.1", []string{"localhost", "127.0.0.1", "::1"}, []string{"127.0.0.2", "example.com", "10.0.0.1"}},
		{"", []string{"localhost", "127.0.0.1", "::1"}, []string{"0.0.0.0", "example.com"}},
		{"0.0.0.0", []string{"localhost"}, []string{"0.0.0.0"}},
		{"::", []string{"localhost"}, []string{"::", "::2"}},
		{"10.1.2.3", []string{"localhost", "127.0.0.1", "10.1.2.3"}, []string{"10.1.2.4"}},
		{"fe80::1%eth0", []string{"fe80::1"}, []string{"fe80::2"}},
		{"Box.Example.COM.", []string{"box.example.com", "localhost"}, []string{"example.com", "boxxexample.com"}},
	} {
		t.Run(test.listen, func(t *testing.T) {
			t.Parallel()
			made := mustAuthority(t, t.TempDir(), test.listen, startOfTests)
			local, err := newLocal(made, namesFor(test.listen), newFakeClock().now, rand.Reader, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			for _, host := range test.permitted {
				if err := made.verify(local.current.Leaf, host, startOfTests); err != nil {
					t.Errorf("the certificate for %s: got %v, want it accepted", host, err)
				}
			}
			for _, host := range test.refused {
				forged := forge(t, made, host)
				if err := made.verify(forged, host, startOfTests); err == nil {
					t.Errorf("a certificate for %s signed with the stolen key: got it accepted, want it refused", host)
				}
			}
		})
	}
}

// forge makes the certificate that a thief of the CA's key would.
func forge(t *testing.T, by authority, host string) *x509.Certificate {
	t.Helper()
	wanted := names{domains: []string{host}}
	if address := net.ParseIP(host); address != nil {
		wanted = names{addresses: []net.IP{address}}
	}
	forged, err := newLocal(by, wanted, newFakeClock().now, rand.Reader, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return forged.current.Leaf
}

func TestAuthorityCannotMakeAnotherAuthority(t *testing.T) {
	t.Parallel()
	made := mustAuthority(t, t.TempDir(), "127.0.0.1", startOfTests)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := *made.certificate
	template.Subject.CommonName = "intermediate"
	template.SubjectKeyId = nil
	encoded, err := x509.CreateCertificate(rand.Reader, &template, made.certificate, &key.PublicKey, made.key)
	if err != nil {
		t.Fatal(err)
	}
	intermediate, err := x509.ParseCertificate(encoded)
	if err != nil {
		t.Fatal(err)
	}
	leaf := forge(t, authority{certificate: intermediate, key: key}, "localhost")
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(made.certificate)
	between.AddCert(intermediate)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, DNSName: "localhost", CurrentTime: startOfTests})
	if err == nil {
		t.Error("a chain over an intermediate CA: got it accepted, want it refused (path length 0)")
	}
}

func TestAuthorityStaysWhileItServes(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	first := mustAuthority(t, directory, "10.1.2.3", startOfTests)
	for _, host := range []string{"10.1.2.3", "127.0.0.1", "localhost", ""} {
		found, outdated, err := openAuthority(directory, namesFor(host), startOfTests.AddDate(9, 11, 0), rand.Reader)
		if err != nil || outdated != "" || !found.certificate.Equal(first.certificate) {
			t.Errorf("opening for %q: got outdated %q, error %v, want the same CA", host, outdated, err)
		}
	}
}

func TestAuthorityIsReplacedWithAReason(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		later  time.Duration
		damage func(t *testing.T, directory string)
		reason string
	}{
		{"ended", 3660 * day, nil, "it ended on 2036-11-23"},
		{"interrupted replacement", 0, swapKey, "its key is of another CA"},
		{"certificate removed", 0, without(AuthorityFile), "ca.pem was missing"},
		{"key removed", 0, without(AuthorityKeyFile), "ca-key.pem was missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			first := mustAuthority(t, directory, "127.0.0.1", startOfTests)
			if test.damage != nil {
				test.damage(t, directory)
			}
			now := startOfTests.Add(test.later)
			second, outdated, err := openAuthority(directory, namesFor("10.1.2.4"), now, rand.Reader)
			if err != nil || outdated != test.reason {
				t.Fatalf("got reason %q, error %v, want %q", outdated, err, test.reason)
			}
			if second.certificate.Equal(first.certificate) || second.key.Equal(first.key) {
				t.Error("got the former CA, want a new one")
			}
			if third := mustAuthority(t, directory, "10.1.2.4", now); !third.certificate.Equal(second.certificate) {
				t.Error("the next start: got yet another CA, want the new one")
			}
		})
	}
}

// swapKey leaves what a replacement leaves behind that was interrupted between the two files.
func swapKey(t *testing.T, directory string) {
	t.Helper()
	other := t.TempDir()
	mustAuthority(t, other, "127.0.0.1", startOfTests)
	if err := os.Rename(filepath.Join(other, AuthorityKeyFile), filepath.Join(directory, AuthorityKeyFile)); err != nil {
		t.Fatal(err)
	}
}

// without removes one of the two files.
func without(name string) func(t *testing.T, directory string) {
	return func(t *testing.T, directory string) { mustRemove(t, filepath.Join(directory, name)) }
}

// TestAuthorityIsNotReplacedForAnotherHost: other servers and their clients rely on it.
func TestAuthorityIsNotReplacedForAnotherHost(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	first := mustAuthority(t, directory, "Example.com", startOfTests)
	before := listing(t, directory)
	for _, host := range []string{"10.1.2.4", "box.example.org", "badexample.com", "fe80::1"} {
		_, outdated, err := openAuthority(directory, namesFor(host), startOfTests, rand.Reader)
		if !errors.Is(err, ErrUnusable) || outdated != "" {
			t.Fatalf("for %s: got outdated %q, error %v, want %v", host, outdated, err, ErrUnusable)
		}
		for _, says := range []string{"is not for " + host, "but for localhost, example.com, 127.0.0.1, ::1,", "would have to trust", "remove ca.pem and ca-key.pem", "--cert"} {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("for %s: got %q, want it to say %q", host, err, says)
			}
		}
	}
	if after := listing(t, directory); after != before {
		t.Errorf("files: got\n%s\nwant them untouched\n%s", after, before)
	}
	if found := mustAuthority(t, directory, "box.example.com", startOfTests); !found.certificate.Equal(first.certificate) {
		t.Error("for a name below a permitted one: got another CA, want the same")
	}
}

// TestExposedCertificate: the certificate is public. Where others could write it, its key tells whether it is the one that was
// made: then it is closed, else another CA takes its place.
func TestExposedCertificate(t *testing.T) {
	t.Parallel()
	for _, swapped := range []bool{false, true} {
		directory, logged := t.TempDir(), new(bytes.Buffer)
		made := mustAuthority(t, directory, "127.0.0.1", startOfTests)
		path := filepath.Join(directory, AuthorityFile)
		if swapped {
			other := t.TempDir()
			mustAuthority(t, other, "127.0.0.1", startOfTests)
			replace(t, path, mustRead(t, filepath.Join(other, AuthorityFile)), 0o666)
		}
		mustChmod(t, path, 0o666)
		local, outdated, err := OpenLocal(directory, []string{"127.0.0.1"}, func() time.Time { return startOfTests }, rand.Reader, textLog(logged))
		if err != nil {
			t.Fatal(err)
		}
		if kept := local.authority.certificate.Equal(made.certificate); kept == swapped || (outdated != "") != swapped {
			t.Errorf("swapped %t: kept %t, outdated %q", swapped, kept, outdated)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != private.Public {
			t.Errorf("swapped %t: got %v, %v, want mode 0644", swapped, info.Mode(), err)
		}
		if said := strings.Contains(logged.String(), "others could write the certificate"); said == swapped {
			t.Errorf("swapped %t: logged %s", swapped, logged)
		}
	}
}

func TestAuthorityFilesAreRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(directory string) error
		want   error
	}{
		{"key readable by the group", func(d string) error { return os.Chmod(filepath.Join(d, AuthorityKeyFile), 0o640) }, private.ErrUnsafe},
		{"key readable by others", func(d string) error { return os.Chmod(filepath.Join(d, AuthorityKeyFile), 0o604) }, private.ErrUnsafe},
		{"key is a link", func(d string) error { return replaceByLink(filepath.Join(d, AuthorityKeyFile)) }, private.ErrUnsafe},
		{"certificate is a link", func(d string) error { return replaceByLink(filepath.Join(d, AuthorityFile)) }, private.ErrUnsafe},
		{"certificate is a dangling link", func(d string) error {
			path := filepath.Join(d, AuthorityFile)
			return errors.Join(os.Remove(path), os.Symlink(filepath.Join(d, "nowhere"), path))
		}, private.ErrUnsafe},
		{"key is a pipe", func(d string) error {
			path := filepath.Join(d, AuthorityKeyFile)
			return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600))
		}, private.ErrUnsafe},
		{"key is something else", func(d string) error {
			return os.WriteFile(filepath.Join(d, AuthorityKeyFile), []byte("my notes"), 0o600)
		}, ErrUnusable},
		{"certificate is something else", func(d string) error {
			return os.WriteFile(filepath.Join(d, AuthorityFile), nil, 0o600)
		}, ErrUnusable},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			mustAuthority(t, directory, "127.0.0.1", startOfTests)
			if err := test.change(directory); err != nil {
				t.Fatal(err)
			}
			before := listing(t, directory)
			_, _, err := openAuthority(directory, namesFor("127.0.0.1"), startOfTests, rand.Reader)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if after := listing(t, directory); after != before {
				t.Errorf("files: got\n%s\nwant them untouched\n%s", after, before)
			}
		})
	}
}

// TestForeignAuthorityIsNotOverwritten: a CA without our constraints belongs to somebody.
func TestForeignAuthorityIsNotOverwritten(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	made := mustAuthority(t, directory, "127.0.0.1", startOfTests)
	template := *made.certificate
	template.PermittedDNSDomainsCritical, template.PermittedDNSDomains, template.PermittedIPRanges = false, nil, nil
	encoded, err := x509.CreateCertificate(rand.Reader, &template, &template, &made.key.PublicKey, made.key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, filepath.Join(directory, AuthorityFile), "CERTIFICATE", encoded, 0o644)
	for _, when := range []string{"with its key", "without its key"} {
		_, _, err = openAuthority(directory, namesFor("127.0.0.1"), startOfTests, rand.Reader)
		if !errors.Is(err, ErrUnusable) || !errors.Is(err, errNotOurs) {
			t.Errorf("%s: got %v, want %v", when, err, errNotOurs)
		}
		_ = os.Remove(filepath.Join(directory, AuthorityKeyFile))
	}
}

func replaceByLink(path string) error {
	return errors.Join(os.Rename(path, path+".real"), os.Symlink(path+".real", path))
}

// listing describes every file below a directory: name, mode, size and time.
func listing(t *testing.T, directory string) string {
	t.Helper()
	var lines []string
	err := filepath.Walk(directory, func(path string, info os.FileInfo, err error) error {
		if err == nil && path != directory {
			lines = append(lines, fmt.Sprint(strings.TrimPrefix(path, directory), " ", info.Mode(), " ", info.Size(), " ", info.ModTime()))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func TestAuthorityFilesHaveTheirModes(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	mustAuthority(t, directory, "127.0.0.1", startOfTests)
	for name, want := range map[string]os.FileMode{AuthorityFile: 0o644, AuthorityKeyFile: 0o600} {
		info, err := os.Lstat(filepath.Join(directory, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: got %v, %v, want mode %v", name, info.Mode(), err, want)
		}
	}
	entries, err := os.ReadDir(directory)
	if err != nil || len(entries) != 2 {
		t.Errorf("got %v, %v, want the two files alone", entries, err)
	}
}
