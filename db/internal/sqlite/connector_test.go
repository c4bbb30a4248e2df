package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// swapping is a driver that connects while somebody moves the file away and, maybe, back.
type swapping struct {
	driver.Connector
	opened int
	swap   func() error
}

func (s *swapping) Connect(context.Context) (driver.Conn, error) {
	s.opened++
	return nil, s.swap()
}

func newFileHere(t *testing.T) (kind Kind, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "things.db")
	kind = Kind{ApplicationID: 7, Migrations: fstest.MapFS{"migrations/0001.sql": {Data: []byte(`CREATE TABLE things (name TEXT) STRICT;`)}}}
	if err := kind.Create(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	return kind, path
}

func TestConnectingLooksBeforeAndAfter(t *testing.T) {
	t.Parallel()
	_, path := newFileHere(t)
	place, err := newPlace(path)
	if err != nil {
		t.Fatal(err)
	}
	inner := &swapping{swap: func() error { return os.Rename(path, path+".away") }}
	for range 2 {
		if _, err := (connector{inner, place}).Connect(t.Context()); !errors.Is(err, ErrMoved) {
			t.Errorf("got %v, want ErrMoved", err)
		}
		_ = os.Rename(path+".away", path)
	}
	if inner.opened != 1 {
		t.Errorf("got %d connections opened, want 1: then the file was known to have moved", inner.opened)
	}
}

// TestTheAnswerIsEverybodys: who begins to ask and gives up takes the answer from nobody who asks the same.
func TestTheAnswerIsEverybodys(t *testing.T) {
	t.Parallel()
	kind, path := newFileHere(t)
	file, err := kind.Open(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Watch(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone, goAway := context.WithCancel(t.Context())
	goAway()
	answered := make(chan error)
	err = file.watch.connection.Raw(func(any) error { // the connection is busy meanwhile
		if err := file.Ask(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		begun := file.watch.asked
		go func() { answered <- file.watch.ask(t.Context()) }()
		if begun == nil {
			t.Error("nobody asks, so nothing is tested")
		}
		return nil
	})
	if err := errors.Join(err, <-answered); err != nil {
		t.Error(err)
	}
}
