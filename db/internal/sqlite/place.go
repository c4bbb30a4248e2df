package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
)

// place is where a file stands and which one was found there first. It is safe for concurrent use.
type place struct {
	path   string
	file   identity
	frozen *frozen                   // nil: it is read as usual
	moved  atomic.Bool               // something else was found since; never taken back
	sides  atomic.Pointer[sideFiles] // nil: the side files may come and go
}

// sideFiles are what the names of the WAL and of its index stand for; zero where there is none.
type sideFiles struct{ wal, index identity }

// newPlace inspects the file at a path.
func newPlace(path string) (*place, error) {
	found, err := inspect(path)
	if err != nil {
		return nil, err
	}
	return &place{path: path, file: found}, nil
}

// asSeen is [ErrMoved] once a check has found that; it looks at nothing itself.
func (p *place) asSeen() error {
	if p.moved.Load() {
		return fmt.Errorf("%w: %s: start again whatever has it open", ErrMoved, p.path)
	}
	return nil
}

// check looks whether the names still stand for what they did, whoever can use the file meanwhile: to refuse everybody would not
// close it. [ErrMoved] is final: connections to another file, or to
// another WAL, may have come into being meanwhile, and nothing tells them from the right ones.
func (p *place) check() error {
	if err := p.asSeen(); err != nil {
		return err
	}
	found, _, err := look(p.path)
	if errors.Is(err, ErrMissing) || (err == nil && found != p.file) {
		p.moved.Store(true)
		return p.asSeen()
	}
	if first := p.sides.Load(); err == nil && first != nil {
		var now sideFiles
		if now, err = inspectSides(p.path); err == nil && now != *first {
			p.moved.Store(true)
			return p.asSeen()
		}
	}
	return err
}

// hold notes which the side files are. A connection must have them open: SQLite keeps them as long as there is one.
func (p *place) hold() error {
	sides, err := inspectSides(p.path)
	if err != nil {
		return err
	}
	if sides.wal == (identity{}) || sides.index == (identity{}) {
		p.moved.Store(true)
		return p.asSeen()
	}
	p.sides.Store(&sides)
	return p.check()
}

func inspectSides(path string) (sides sideFiles, err error) {
	if sides.wal, err = identityAt(path + "-wal"); err != nil {
		return sideFiles{}, err
	}
	sides.index, err = identityAt(path + "-shm")
	return sides, err
}

// identityAt tells which file a name stands for; zero where there is none.
func identityAt(path string) (identity, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return identity{}, nil
	}
	if err != nil {
		return identity{}, err
	}
	return identityOf(info)
}

// connector opens connections to the file that was found first, and to none that has its name since. A pool connects
// when it needs to, by name.
type connector struct {
	driver.Connector
	place *place
}

// Connect returns [ErrMoved] unless the right file stands in its place before and after. A connection that was opened
// in between is not closed, for the reason that [File.Close] has; no pool gets it.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := c.place.check(); err != nil {
		return nil, err
	}
	connection, err := c.Connector.Connect(ctx)
	if moved := c.place.check(); moved != nil {
		return nil, errors.Join(moved, err)
	}
	return connection, err
}
