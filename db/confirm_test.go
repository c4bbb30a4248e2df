package db

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
)

// TestFailedCommitIsConfirmed takes the three ways out of a failed commit (D4): it happened, it did not, nobody can tell.
func TestFailedCommitIsConfirmed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	options := Options{Clock: func() time.Time { return time.Unix(1, 0) }, Writable: true}
	operator := model.Operator{Name: "os:ann"}
	if err := Create(t.Context(), path, options, operator, []model.Object{{Kind: model.KindUser, Name: "admin"}}); err != nil {
		t.Fatal(err)
	}
	database, err := Open(t.Context(), path, options)
	if err != nil {
		t.Fatal(err)
	}
	saved, err := database.History().Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lost := saved
	lost.Number++
	broken := errors.New("input/output error")

	if got, err := database.finish(t.Context(), saved, &engine.CommitError{Err: broken}); err != nil || got.Number != saved.Number {
		t.Errorf("a commit that happened: got %v, %v; want the revision", got, err)
	}
	if got, err := database.finish(t.Context(), lost, &engine.CommitError{Err: broken}); !errors.Is(err, broken) || errors.Is(err, model.ErrUnknownOutcome) || got.Number != 0 {
		t.Errorf("a commit that did not happen: got %v, %v; want its error", got, err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := database.finish(cancelled, saved, &engine.CommitError{Err: context.Canceled}); err != nil {
		t.Errorf("a commit that happened before the interruption: got %v", err)
	}
	if _, err := database.finish(t.Context(), saved, broken); !errors.Is(err, broken) {
		t.Errorf("an error before the commit: got %v, want it as it is", err)
	}
	if err := database.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := database.finish(t.Context(), saved, &engine.CommitError{Err: broken}); !errors.Is(err, model.ErrUnknownOutcome) {
		t.Errorf("a database that cannot be read: got %v, want ErrUnknownOutcome", err)
	}
}
