package maintain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/db"
	"latchkey/db/backup"
)

// standardStream is standard input or output in the place of a file.
const standardStream = "-"

var errTerminal = app.WrongUsef("standard output is a terminal, which a backup is not for: redirect it, or name a file")

// streamBackup writes a verified copy of the database to standard output.
func streamBackup(ctx context.Context, a *app.App, withData bool) error {
	switch {
	case withData:
		return app.WrongUsef("--with-data makes a second file, for which there is no place: name a file instead of -")
	case a.Flags.Output != "" || len(a.Flags.Fields) > 0:
		return app.WrongUsef("with - the copy is on standard output: leave out --output and --field")
	case ui.IsTerminal(a.Out):
		return errTerminal
	}
	return withDatabaseToCopy(ctx, a, func(database *db.DB) error {
		return inTemporary(func(path string) error {
			newest, err := backup.Write(ctx, database, path)
			if err != nil {
				return err
			}
			copied, err := os.Open(path)
			if err != nil {
				return err
			}
			defer func() { _ = copied.Close() }()   // it was only read
			if err := os.Remove(path); err != nil { // whatever becomes of this process, the copy is in no file
				return err
			}
			err = app.Interruptible(ctx, func() error {
				_, err := io.Copy(a.Out, copied)
				return err
			})
			if err != nil {
				return fmt.Errorf("writing the backup: %w", err)
			}
			a.Messages().Done("backed up and verified, up to revision %d (head %s)", newest.Number, headInWords(newest))
			return nil
		})
	})
}

// inTemporary works with the path of a file that is not there yet, in a directory of its own, which is removed with all that is
// in it.
func inTemporary(work func(path string) error) error {
	directory, err := os.MkdirTemp("", "latchkey-")
	if err != nil {
		return err
	}
	return errors.Join(work(filepath.Join(directory, "latchkey.db")), os.RemoveAll(directory))
}

// restoreStream restores what comes on standard input. It is not asked there whether that is meant.
func restoreStream(ctx context.Context, a *app.App, options restoreOptions) error {
	switch {
	case options.withData:
		return app.WrongUsef("--with-data reads a second file, beside the backup: name a file instead of -")
	case ui.IsTerminal(a.In):
		return app.ErrNoInput
	case !a.Flags.Yes && !options.dryRun:
		return fmt.Errorf("the backup comes from standard input: %w", ui.ErrNoAnswer)
	}
	options.name = "standard input"
	return inTemporary(func(path string) error {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		err = app.Interruptible(ctx, func() error {
			_, err := io.Copy(file, a.In)
			return err
		})
		if err := errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("reading the backup: %w", err)
		}
		return restore(ctx, a, options, path)
	})
}
