package serve

import (
	"errors"

	"latchkey/cmd/serve/listen"
	"latchkey/perms/errorkind"
)

// Errors of the package; compare with errors.Is. What the database refuses comes through as an error of package db.
var (
	// ErrUsage: the flags contradict each other, or one cannot be read. Nothing was made.
	ErrUsage = errorkind.Invalid.New("wrong use")
	// ErrListen: the address cannot be listened on. Nothing was made.
	ErrListen = listen.ErrUnavailable
	// ErrPortInUse comes with ErrListen where another program has the port or the socket.
	ErrPortInUse = listen.ErrInUse
	// ErrDelivery: the first token could not be written where the administrator would find it. Nothing was made.
	ErrDelivery = errors.New("delivering the first token; no database was made")
)
