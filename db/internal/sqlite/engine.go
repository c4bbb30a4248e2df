package sqlite

import (
	"context"
	"errors"

	"latchkey/db/engine"
)

// Engine is a file as an engine of package engine.
type Engine struct {
	*File
	kind Kind
}

// OpenEngine opens the file at path, with the errors of [Kind.Open].
func (k Kind) OpenEngine(ctx context.Context, path string, writable bool) (Engine, error) {
	file, err := k.Open(ctx, path, writable)
	return Engine{file, k}, err
}

// CreateEngine is [Kind.Create] with an engine to be filled.
func (k Kind) CreateEngine(ctx context.Context, path string, fill func(ctx context.Context, fresh engine.Engine) error) error {
	return k.Create(ctx, path, func(ctx context.Context, file *File) error { return fill(ctx, Engine{file, k}) })
}

// Path is the absolute path of the file.
func (e Engine) Path() string { return e.File.Path }

// Read runs work on one state of the file.
func (e Engine) Read(ctx context.Context, work func(tx engine.Tx) error) error {
	tx, err := e.Begin(ctx)
	if err != nil {
		return err
	}
	err = work(engine.NewTx(tx, Explain))
	return errors.Join(err, Explain(tx.Rollback()))
}

// Write runs work in one immediate transaction; the pool of a file that was opened writable begins no other kind.
func (e Engine) Write(ctx context.Context, work func(tx engine.Tx) error) error {
	tx, err := e.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := work(engine.NewTx(tx, Explain)); err != nil {
		return err
	}
	err = tx.Commit()
	if err != nil && !NotCommitted(err) {
		return &engine.CommitError{Err: Explain(err)}
	}
	return Explain(err)
}

// Saved returns at once: every request proves with [File.Mark] that nothing was committed since its state was read.
func (Engine) Saved(context.Context, int64) error { return nil }

// RequireFree is [File.RequireFree] for a transaction of this engine.
func (e Engine) RequireFree(ctx context.Context, tx engine.Tx, cost int64, minFree func(size int64) int64) error {
	return e.requireFree(func(dest ...any) error { return tx.Row(ctx, sizeQuery).Scan(dest...) }, cost, minFree)
}

// CopyTo is [File.CopyTo] with an engine to be checked.
func (e Engine) CopyTo(ctx context.Context, path string, backup bool, check func(ctx context.Context, copied engine.Engine) error) error {
	return e.File.CopyTo(ctx, e.kind, path, backup, func(ctx context.Context, file *File) error { return check(ctx, Engine{file, e.kind}) })
}
