package serve

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// checkPause is between two looks at the database: a moved or replaced file is noticed within a second (D7).
	checkPause = 500 * time.Millisecond
	// checkLimit is when a look that does not end counts as a failure.
	checkLimit = 5 * time.Second

	unavailableMessage = `[{"status":503,"message":"the user database cannot answer: try again"}]` + "\n"
)

// availability knows whether the database can be answered from.
type availability struct {
	check  func(context.Context) error
	log    *slog.Logger
	strict bool // send HSTS
	failed atomic.Bool
}

// watch looks until the context ends.
func (a *availability) watch(ctx context.Context, pause time.Duration) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			a.look(ctx)
		}
	}
}

func (a *availability) look(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	err := a.check(limited)
	if ctx.Err() != nil {
		return // the server stops; that says nothing of the database
	}
	if failed := err != nil; a.failed.Swap(failed) == failed {
		return
	}
	if err != nil {
		a.log.Error("database cannot be answered from, every request gets 503", "error", err)
		return
	}
	a.log.Info("database can be answered from again")
}

// guard answers 503 instead of the handler while the database cannot be trusted (H10): without credentials too, since
// nobody's can be checked. Whether the process lives is another question, /healthz.
func (a *availability) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.failed.Load() && !asksForLife(r) {
			a.refuse(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func asksForLife(r *http.Request) bool {
	return r.URL.Path == "/healthz" && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// refuse answers in the API's shape of errors, with the header fields of its answers (H4).
func (a *availability) refuse(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("Content-Type", "application/json")
	header.Set("Retry-After", "1")
	header.Set("X-Content-Type-Options", "nosniff")
	if a.strict {
		header.Set("Strict-Transport-Security", "max-age=31536000")
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, unavailableMessage) // an error is the client's going away
}
