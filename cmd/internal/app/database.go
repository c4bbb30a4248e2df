package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"latchkey/db"
	"latchkey/db/data"
)

// OpenDatabase opens the database for reading, or for editing.
func (a *App) OpenDatabase(ctx context.Context, writable bool) (*db.DB, error) {
	path, _, err := a.DatabasePath()
	if err != nil {
		return nil, err
	}
	return db.Open(ctx, path, db.Options{Clock: a.Clock, ClockMark: a.clockMark(ctx, path), Writable: writable, Reserve: writable})
}

// With opens the database, works with it and closes it.
func (a *App) With(ctx context.Context, writable bool, work func(database *db.DB) error) error {
	database, err := a.OpenDatabase(ctx, writable)
	if err != nil {
		return err
	}
	err = database.CheckActor(ctx, a.Operator())
	if err == nil {
		err = work(database)
	}
	return errors.Join(err, database.Close())
}

// OpenDocuments opens the data file beside a database, and makes it where there is none yet.
func (a *App) OpenDocuments(ctx context.Context, database string) (*data.Data, error) {
	return data.Open(ctx, data.PathBeside(database), a.Clock)
}

// DatabasePath says which database is meant, by flag, environment or default, and whether it is the default one.
func (a *App) DatabasePath() (path string, isDefault bool, err error) {
	if a.Flags.Database != "" {
		return absolute(a.Flags.Database)
	}
	if path := a.Getenv("LATCHKEY_DB"); path != "" {
		return absolute(path)
	}
	if os.Geteuid() == 0 {
		return "/var/lib/latchkey/latchkey.db", true, nil
	}
	directory := a.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(directory) { // a relative one is to be ignored (XDG base directory specification)
		home := a.Getenv("HOME")
		if home == "" {
			return "", false, WrongUse(errors.New("no database named and no home directory: use --db or LATCHKEY_DB"))
		}
		directory = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(directory, "latchkey", "latchkey.db"), true, nil
}

func absolute(path string) (string, bool, error) {
	path, err := filepath.Abs(path)
	return path, false, err
}
