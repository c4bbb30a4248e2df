package cmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/edits"
)

type restoreOptions struct {
	message  string
	withData bool
}

func newRestore(a *App) *cobra.Command {
	var options restoreOptions
	command := &cobra.Command{
		Use: "restore FILE", Short: "Bring users and roles back to what they are in a backup", Args: exactly(1, "a backup"),
		Long: `Bring the live users, roles and resources back to what they are in a backup: one save with its own record, under
running servers. The file is never put in place of the live one. What was added since the backup is removed, what was
removed is added anew.

No token is revived: a token that was regenerated or disabled since the backup stays revoked, and is named. Damaged
rows are written anew.

--with-data brings the documents of the API back too, from FILE-data.db beside it, in a transaction of their own before
that save.

The backup must be of this database. Where the database is missing or cannot be read any more, move its files away and
restore again: the backup becomes the database as it is. Then nothing tells which tokens were revoked since, and they
work again: regenerate those.`,
		Example: trimExample(`
  latchkey restore before-the-move.db
  latchkey restore before-the-move.db -y -m "undo the move"
  latchkey restore before-the-move.db --with-data`),
		Annotations: editExits(exitUnconfirmed),
		RunE: func(command *cobra.Command, args []string) error {
			return a.restore(command.Context(), options, args[0])
		},
	}
	command.Flags().StringVarP(&options.message, "message", "m", "", "`text` for the record (default: which backup it was)")
	command.Flags().BoolVar(&options.withData, "with-data", false, "bring the documents of the API back too")
	return command
}

func (a *App) restore(ctx context.Context, options restoreOptions, path string) error {
	if err := errors.Join(edits.CheckText("message", options.message), a.checkOutput(wire.Saved{})); err != nil {
		return err
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	backup, err := db.Open(ctx, path, db.Options{Clock: a.Clock, Writable: true})
	if errors.Is(err, db.ErrMissing) {
		return fmt.Errorf("reading the backup: there is no %s", path) // the hint of a missing database would not help
	}
	if err != nil {
		return fmt.Errorf("reading the backup: %w", err)
	}
	err = a.restoreFrom(ctx, options, backup)
	if documents := data.PathBeside(path); err == nil && !options.withData {
		if there, _ := data.Exists(documents); there {
			a.story().Note("the documents in %s were left out: --with-data brings them back too", documents)
		}
	}
	return errors.Join(err, backup.Close())
}

func (a *App) restoreFrom(ctx context.Context, options restoreOptions, backup *db.DB) error {
	newest, err := backup.Head(ctx)
	if err != nil {
		return err
	}
	question := fmt.Sprintf("Bring everything back to revision %d, saved %s?", newest.Number, newest.SavedAt.Format(time.RFC3339))
	if err := a.confirm(ctx, question); err != nil {
		return err
	}
	if options.message == "" {
		options.message = fmt.Sprintf("restore of %s, revision %d", filepath.Base(backup.Path()), newest.Number)
	}
	err = a.with(ctx, true, func(database *db.DB) error { return a.restoreInto(ctx, database, backup, options) })
	if errors.Is(err, db.ErrMissing) {
		return a.restoreAnew(ctx, backup, options.withData)
	}
	return err
}

func (a *App) restoreInto(ctx context.Context, database, backup *db.DB, options restoreOptions) error {
	if err := database.RequireEverything(ctx, a.operator()); err != nil {
		return err
	}
	if options.withData {
		if err := a.restoreDocuments(ctx, database.Path(), backup.Path()); err != nil {
			return err
		}
	}
	restored, err := database.Restore(ctx, backup, a.operator(), options.message)
	if err != nil {
		return err
	}
	a.tellSaved(restored.Revision, false)
	for _, token := range restored.Revoked {
		stays := "API access is off: 'latchkey token enable " + token.Name + "' makes a new one"
		if token.Enabled {
			stays = "the present one stays"
		}
		a.story().Warn("%s: token %s of the backup was revoked since and stays so; %s", token.Name, token.Fingerprint, stays)
	}
	return a.printRevision(restored.Revision)
}

// restoreDocuments brings the documents back to what they are beside a backup.
func (a *App) restoreDocuments(ctx context.Context, database, backup string) error {
	from, err := data.OpenReadOnly(ctx, data.PathBeside(backup))
	if err != nil {
		return fmt.Errorf("reading the backup: %w", err)
	}
	err = a.withDocuments(ctx, database, func(documents *data.Data) error {
		restored, err := documents.Restore(ctx, from)
		if err == nil {
			a.story().Done("restored documents: %d added, %d changed, %d removed", restored.Added, restored.Changed, restored.Removed)
		}
		return err
	})
	return errors.Join(err, from.Close())
}

// restoreAnew makes the backup the database where there is none.
func (a *App) restoreAnew(ctx context.Context, backup *db.DB, withData bool) error {
	path, _, err := a.databasePath()
	if err != nil {
		return err
	}
	if a.flags.as != "" {
		return fmt.Errorf("%w at %s", db.ErrMissing, path)
	}
	if withData {
		if err := a.restoreDocuments(ctx, path, backup.Path()); err != nil {
			return err
		}
	}
	newest, err := backup.Backup(ctx, path)
	if err != nil {
		return err
	}
	story := a.story()
	story.Done("made %s of the backup, revision %d", path, newest.Number)
	story.Warn("tokens that were revoked after %s work again: regenerate or disable those", newest.SavedAt.Format(time.RFC3339))
	return a.printBackup(backupShape{File: path, Revision: newest.Number, Head: headInWords(newest)})
}
