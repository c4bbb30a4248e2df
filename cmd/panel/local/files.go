package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/exposed"
	"latchkey/db/model"
	"latchkey/perms/verifiedtime"
)

// Files are a database and the data file beside it, as an operator at the command line opens them.
type Files struct {
	Path     string // of the database
	Operator panel.Operator
	Clock    func() time.Time
	Warn     func(format string, args ...any) // of what is no reason to stop
	Copy     bool                             // nothing but a copy is to be written, so that a backup may be opened as one is to edit
	Keep     bool                             // the modes of the files as they are: those that others can read are refused, and not closed
}

// OperatorOf is an operator at the command line as records name them.
func OperatorOf(operator panel.Operator) model.Operator {
	account := model.Operator{Name: operator.Name, KnownBy: operator.KnownBy, Source: "command line"}
	if operator.As == "" {
		return account
	}
	return model.ActingAs(operator.As, account)
}

// Panel opens the control panel; close what is returned beside it when done.
func (f Files) Panel(ctx context.Context, toEdit bool) (*Panel, io.Closer, error) {
	database, err := f.Open(ctx, toEdit)
	if err != nil {
		return nil, nil, err
	}
	return New(Config{Database: database, Operator: OperatorOf(f.Operator), Clock: f.Clock, LastUsed: f.lastUsed, WithDocuments: f.WithDocuments}), database, nil
}

// Open opens the database, for one who is acted as only while they are a user with API access.
func (f Files) Open(ctx context.Context, toEdit bool) (*db.DB, error) {
	if err := f.Secure(); err != nil {
		return nil, fmt.Errorf("opening %s: %w", f.Path, err)
	}
	database, err := db.Open(ctx, f.Path, db.Options{Clock: f.Clock, ClockMark: f.clockMark(ctx), Writable: toEdit, Reserve: toEdit && !f.Copy, Backups: f.Copy})
	if errors.Is(err, db.ErrMissing) {
		err = noDatabase{err}
	}
	if err != nil {
		return nil, err
	}
	if err := database.CheckActor(ctx, OperatorOf(f.Operator)); err != nil {
		return nil, errors.Join(err, database.Close())
	}
	return database, nil
}

// Secure closes the files that others could only read, and says so.
func (f Files) Secure() error {
	if f.Keep {
		return exposed.Unsafe(exposed.Among(exposed.Files(f.Path)...)...)
	}
	closed, err := exposed.Secure(exposed.Files(f.Path)...)
	if err == nil && closed != nil {
		f.Warn("%s", exposed.InWords(closed))
	}
	return err
}

// noDatabase is an error of the database that is a [panel.ErrNoDatabase] too.
type noDatabase struct{ error }

// Unwrap is the error of the database.
func (e noDatabase) Unwrap() error { return e.error }

// Is makes it a [panel.ErrNoDatabase].
func (e noDatabase) Is(target error) bool { return target == panel.ErrNoDatabase }

// WithDocuments opens the data file and works with it. It makes the file where it is to be changed and there is none; to be
// read alone, nothing is done then.
func (f Files) WithDocuments(ctx context.Context, toChange bool, work func(documents *data.Data) error) error {
	open := data.OpenReadOnly
	if toChange {
		open = func(ctx context.Context, path string) (*data.Data, error) { return data.Open(ctx, path, f.Clock) }
	}
	documents, err := open(ctx, data.PathBeside(f.Path))
	if errors.Is(err, data.ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(work(documents), documents.Close())
}

// lastUsed reads when the tokens of a user, of all users for 0, were last used. That it cannot be read is no reason to show
// nothing.
func (f Files) lastUsed(ctx context.Context, user int64) []data.TokenUse {
	var found []data.TokenUse
	err := f.WithDocuments(ctx, false, func(documents *data.Data) (err error) {
		found, err = documents.LastUsed(ctx, user)
		return err
	})
	if err != nil {
		f.Warn("when tokens were last used is not known: %v", err)
	}
	return found
}

// clockMark is the latest moment that a server has seen. It is read when it is first asked for: most commands decide nothing by
// the time. Where it cannot be read, that is said, and the revisions prove what they do.
func (f Files) clockMark(ctx context.Context) func() verifiedtime.Mark {
	return sync.OnceValue(func() (mark verifiedtime.Mark) {
		err := f.WithDocuments(ctx, false, func(documents *data.Data) (err error) {
			mark, err = documents.ClockMark(ctx)
			return err
		})
		if err != nil {
			f.Warn("whether the clock was set back is known from the revisions alone: %v", err)
		}
		return mark
	})
}
