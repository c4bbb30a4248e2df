package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"latchkey/db/engine"
)

// Reader reads a file much or often, through a connection of its own: below database/sql, which costs more than SQLite
// does where millions of rows are read, and with each query compiled once. It is not safe for concurrent use. Close it
// before the file.
type Reader struct {
	file       *File
	connection *sql.Conn // nil: to be made
	statements map[string]driver.Stmt
}

// NewReader makes a reader. From its first use until it is closed it has one of the file's connections; a watched file
// has one more for it.
func (f *File) NewReader() engine.Reader { return &Reader{file: f} }

// Close gives the connection back. The reader can be used again.
func (r *Reader) Close() error {
	if r.connection == nil {
		return nil
	}
	err := r.connection.Raw(func(any) (err error) {
		for _, statement := range r.statements {
			err = errors.Join(err, statement.Close())
		}
		return err
	})
	err = errors.Join(err, r.connection.Close())
	r.connection, r.statements = nil, nil
	return err
}

// Read runs work in one read transaction, which begins with its first query.
func (r *Reader) Read(ctx context.Context, work func(tx engine.ReadTx) error) error {
	if err := r.file.place.asSeen(); err != nil {
		return err
	}
	if r.connection == nil {
		connection, err := r.file.Pool.Conn(ctx)
		if err != nil {
			return Explain(err)
		}
		r.connection, r.statements = connection, map[string]driver.Stmt{}
	}
	err := r.connection.Raw(func(connection any) error {
		tx := &ReadTx{reader: r, connection: connection}
		return errors.Join(tx.run(ctx, work), tx.end())
	})
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		r.connection, r.statements = nil, nil // the next reading has another one
	}
	return Explain(err)
}

// ReadTx is a read transaction. It is good for as long as the work that it is given to.
type ReadTx struct {
	reader     *Reader
	connection any // the driver's
}

func (t *ReadTx) run(ctx context.Context, work func(tx engine.ReadTx) error) error {
	if err := t.execute(ctx, `BEGIN`); err != nil {
		return err
	}
	return work(t)
}

// end is the end of the transaction, if one has begun, whatever has become of the context.
func (t *ReadTx) end() error {
	return t.execute(context.Background(), `ROLLBACK`)
}

func (t *ReadTx) execute(ctx context.Context, statement string) error {
	prepared, err := t.prepare(ctx, statement)
	if err != nil {
		return err
	}
	_, err = prepared.ExecContext(ctx, nil)
	return err
}

// statement is what the driver's statements can do.
type statement interface {
	driver.StmtExecContext
	driver.StmtQueryContext
}

func (t *ReadTx) prepare(ctx context.Context, query string) (statement, error) {
	prepared := t.reader.statements[query]
	if prepared == nil {
		preparer, ok := t.connection.(driver.ConnPrepareContext)
		if !ok {
			return nil, errors.New("the driver prepares no statements")
		}
		var err error
		if prepared, err = preparer.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		t.reader.statements[query] = prepared
	}
	usable, ok := prepared.(statement)
	if !ok {
		return nil, fmt.Errorf("the driver's statements are of the unknown type %T", prepared)
	}
	return usable, nil
}

// Rows are the rows that a query found. Close them.
type Rows struct {
	rows driver.Rows
	row  []driver.Value
}

// Query runs a query; its arguments are numbers.
func (t *ReadTx) Query(ctx context.Context, query string, args ...int64) (engine.ValueRows, error) {
	prepared, err := t.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	rows, err := prepared.QueryContext(ctx, values)
	if err != nil {
		return nil, err
	}
	return &Rows{rows: rows, row: make([]driver.Value, len(rows.Columns()))}, nil
}

// Next reads the next row, nil after the last one. Its values are int64, float64, string, []byte or nil, each the
// caller's; the slice is good until the next call.
func (r *Rows) Next() ([]driver.Value, error) {
	err := r.rows.Next(r.row)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	return r.row, err
}

// Close ends the query.
func (r *Rows) Close() error { return r.rows.Close() }
