package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

// leafLife is the whole life of a certificate of the local CA, from the first to the last moment. Apple's systems
// and browsers refuse longer ones.
const leafLife = 397 * day

// renewPause is between two tries to renew it.
const renewPause = time.Minute

// Local is the server's certificate by the local CA. It renews itself; its key is never written down.
// It is safe for concurrent use.
type Local struct {
	authority authority
	names     names
	clock     func() time.Time
	random    io.Reader
	log       *slog.Logger

	mutex   sync.Mutex
	current *tls.Certificate
	renewAt time.Time // zero: never, since a new one would not live longer
	tried   time.Time // when a renewal last failed; zero: it did not
}

// OpenLocal makes a certificate for the local names and the hosts by the CA in the directory, which is made too if
// there is none. Where one stood that cannot serve any longer, outdated says why: clients must then trust the new file. The
// caller holds a lock on the directory, so that servers starting together end up with one CA.
//
// Errors: [ErrUnusable], also where the CA serves, but not for one of the hosts; [private.ErrUnsafe].
func OpenLocal(directory string, hosts []string, clock func() time.Time, random io.Reader, log *slog.Logger) (local *Local, outdated string, err error) {
	wanted := namesFor(hosts...)
	found, outdated, err := openAuthority(directory, wanted, clock(), random)
	if err != nil {
		return nil, "", err
	}
	closeCertificate(directory, log)
	local, err = newLocal(found, wanted, clock, random, log)
	return local, outdated, err
}

func newLocal(authority authority, names names, clock func() time.Time, random io.Reader, log *slog.Logger) (*Local, error) {
	local := &Local{authority: authority, names: names, clock: clock, random: random, log: log}
	return local, local.renew(clock())
}

// Get is a tls.Config's GetCertificate: the certificate, a new one when two thirds of its life are over. Where that
// fails the present one stays, and the failure is logged once: a client can judge the certificate, and a broken handshake
// says nothing.
func (l *Local) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	now := l.clock()
	if !l.isDue(now) || (!l.tried.IsZero() && now.Sub(l.tried) < renewPause) {
		return l.current, nil
	}
	err := l.renew(now)
	switch {
	case err == nil:
		l.tried = time.Time{}
		return l.current, nil
	case l.tried.IsZero():
		l.log.Error("certificate cannot be renewed, the present one stays: restart this server before it ends",
			"error", err, "until", l.current.Leaf.NotAfter.UTC())
	}
	l.tried = now
	return l.current, nil
}

// isDue goes by the calendar, not by how long the server has run: certificates do, and clocks are set. One that is
// yet to begin was made by a wrong clock.
func (l *Local) isDue(now time.Time) bool {
	return now.Before(l.current.Leaf.NotBefore) || (!l.renewAt.IsZero() && !now.Before(l.renewAt))
}

func (l *Local) renew(now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), l.random)
	if err != nil {
		return fmt.Errorf("making the key of the certificate: %w", err)
	}
	serial, err := newSerial(l.random)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "latchkey server"}, // no host name: some clients would check it as one
		NotBefore:             now.Add(-backdated),
		NotAfter:              now.Add(leafLife - backdated - time.Second), // both ends count (RFC 5280, 4.1.2.5)
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              l.names.domains,
		IPAddresses:           l.names.addresses,
	}
	renewAt := template.NotBefore.Add(leafLife * 2 / 3).Round(0) // without the monotonic reading of now
	if end := l.authority.certificate.NotAfter; template.NotAfter.After(end) {
		template.NotAfter, renewAt = end, time.Time{}
	}
	encoded, err := x509.CreateCertificate(l.random, template, l.authority.certificate, &key.PublicKey, l.authority.key)
	if err != nil {
		return fmt.Errorf("making the certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(encoded)
	if err != nil {
		return fmt.Errorf("making the certificate: %w", err)
	}
	l.current = &tls.Certificate{Certificate: [][]byte{encoded}, PrivateKey: key, Leaf: leaf}
	l.renewAt = renewAt
	return nil
}
