package serve

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"sync"
	"time"
)

// leafLife is the whole life of a certificate of the local CA, from the first to the last moment. Apple's systems
// and browsers refuse longer ones.
const leafLife = 397 * day

// localCertificate is the server's certificate by the local CA. It renews itself; its key is never written down.
// It is safe for concurrent use.
type localCertificate struct {
	authority authority
	names     names
	clock     func() time.Time
	random    io.Reader

	mutex   sync.Mutex
	current *tls.Certificate
	renewAt time.Time // zero: never, since a new one would not live longer
}

func newLocalCertificate(authority authority, names names, clock func() time.Time, random io.Reader) (*localCertificate, error) {
	local := &localCertificate{authority: authority, names: names, clock: clock, random: random}
	return local, local.renew(clock())
}

// get is a tls.Config's GetCertificate: the certificate, a new one when two thirds of its life are over.
func (l *localCertificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if now := l.clock(); !l.renewAt.IsZero() && !now.Before(l.renewAt) {
		if err := l.renew(now); err != nil {
			return nil, err
		}
	}
	return l.current, nil
}

func (l *localCertificate) renew(now time.Time) error {
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
	renewAt := template.NotBefore.Add(leafLife * 2 / 3)
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
