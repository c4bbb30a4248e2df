package serve

import "errors"

// Errors of the package; compare with errors.Is. What the database refuses comes through as an error of package db.
var (
	// ErrListen: the address cannot be listened on. Nothing was made.
	ErrListen = errors.New("cannot listen")
	// ErrUnsafe: a key or another file of the server is a link, or open to others.
	ErrUnsafe = errors.New("unsafe file")
	// ErrCertificate: the certificate or its key cannot be used.
	ErrCertificate = errors.New("certificate cannot be used")
	// ErrDelivery: the first token could not be written where the administrator would find it. Nothing was made.
	ErrDelivery = errors.New("delivering the first token; no database was made")
)
