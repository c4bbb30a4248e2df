package connection

import (
	"context"
	"net/http"
)

// sequential is the context of a connection that has one request at a time. Its requests need none of their own for what
// this package knows of each.
type sequential struct {
	context.Context //nolint:containedctx // it is one
	running         ongoing
}

func newSequential(ctx context.Context, conn *connection) *sequential {
	return &sequential{Context: ctx, running: ongoing{on: conn}}
}

// Value is that of the context below, but for the keys of this package.
func (s *sequential) Value(key any) any {
	switch key.(type) {
	case connectionKey:
		return s.running.on
	case ongoingKey:
		return &s.running
	}
	return s.Context.Value(key)
}

// begun is what is known of a request that begins on a connection.
func begun(r *http.Request, on *connection) (*ongoing, *http.Request) {
	if running, sequential := r.Context().Value(ongoingKey{}).(*ongoing); sequential {
		*running = ongoing{on: on}
		return running, r
	}
	running := &ongoing{on: on}
	return running, r.WithContext(context.WithValue(r.Context(), ongoingKey{}, running))
}
