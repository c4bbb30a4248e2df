package maintain

import (
	"context"
	"errors"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel/local"
	"latchkey/db"
	"latchkey/db/data"
)

// filesOf are the files that the flags name.
func filesOf(a *app.App) (local.Files, error) {
	path, _, err := a.DatabasePath()
	return local.Files{Path: path, Operator: a.Operator(), Clock: a.Clock, Warn: a.Messages().Warn}, err
}

// withDatabase opens the database to be written, for an operator who may do everything, works with it and closes it.
func withDatabase(ctx context.Context, a *app.App, work func(database *db.DB) error) error {
	files, err := filesOf(a)
	if err != nil {
		return err
	}
	return withFiles(ctx, files, true, work)
}

// withDatabaseToCopy is withDatabase where nothing but a copy is written: the database may be a backup.
func withDatabaseToCopy(ctx context.Context, a *app.App, work func(database *db.DB) error) error {
	files, err := filesOf(a)
	if err != nil {
		return err
	}
	files.Copy = true
	return withFiles(ctx, files, true, work)
}

func withFiles(ctx context.Context, files local.Files, toEdit bool, work func(database *db.DB) error) error {
	database, err := files.Open(ctx, toEdit)
	if err != nil {
		return err
	}
	err = database.RequireEverything(ctx, local.OperatorOf(files.Operator))
	if err == nil {
		err = work(database)
	}
	return errors.Join(err, database.Close())
}

// withDocuments opens the documents beside the database, also where there are none yet, and works with them.
func withDocuments(ctx context.Context, a *app.App, work func(documents *data.Data) error) error {
	files, err := filesOf(a)
	if err != nil {
		return err
	}
	return files.WithDocuments(ctx, true, work)
}

// readDocuments opens the documents beside the database to be read alone; where there are none, nothing is done.
func readDocuments(ctx context.Context, a *app.App, work func(documents *data.Data) error) error {
	files, err := filesOf(a)
	if err != nil {
		return err
	}
	return files.WithDocuments(ctx, false, work)
}
