package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// watch is a connection that is only there to be asked whether the file answers.
type watch struct {
	connection *sql.Conn
	mutex      sync.Mutex
	asked      *question // nil: nobody asks
}

// question is one reading that all who ask at the time wait for.
type question struct {
	answered chan struct{}
	err      error
}

// Watch keeps a connection of its own open as long as the file is: the side files stay the same ones, and from now on
// [File.Check] minds them as well. Without it they may come and go with the connections of any process.
func (f *File) Watch(ctx context.Context) error {
	if f.place.frozen != nil {
		return fmt.Errorf("%w: a server has to write beside %s", ErrUnwritable, f.Path)
	}
	connection, err := f.Pool.Conn(ctx)
	if err != nil {
		return Explain(err)
	}
	f.watch = &watch{connection: connection}
	limit(f.Pool, f.Pool.Stats().MaxOpenConnections+2) // this one, and one for a Reader
	if err := read(ctx, connection); err != nil {      // this opens the side files
		return err
	}
	if err := f.place.hold(); err != nil {
		return err
	}
	return f.openIndex()
}

// Ask tells whether the file is in its place (see [File.Check]) and can be read. A watched file is asked through the
// connection kept for it, so that no amount of other work is waited for; who asks meanwhile gets the same answer, and
// who gives up disturbs nobody else.
func (f *File) Ask(ctx context.Context) error {
	if err := f.Check(); err != nil {
		return err
	}
	if f.watch == nil {
		return read(ctx, f.Pool)
	}
	return f.watch.ask(ctx)
}

func (w *watch) ask(ctx context.Context) error {
	w.mutex.Lock()
	asked := w.asked
	if asked == nil {
		asked = &question{answered: make(chan struct{})}
		w.asked = asked
		go w.answer(context.WithoutCancel(ctx), asked)
	}
	w.mutex.Unlock()
	select {
	case <-asked.answered:
		return asked.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *watch) answer(ctx context.Context, asked *question) {
	asked.err = read(ctx, w.connection)
	w.mutex.Lock()
	w.asked = nil
	w.mutex.Unlock()
	close(asked.answered)
}

// close gives the connection back; there is none in a nil *watch.
func (w *watch) close() error {
	if w == nil {
		return nil
	}
	return w.connection.Close()
}

// read reads a page of the file.
func read(ctx context.Context, from interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) error {
	var tables int
	return Explain(from.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&tables))
}
