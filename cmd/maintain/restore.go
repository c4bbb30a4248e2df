package maintain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/panel"
	"latchkey/cmd/panel/local"
	"latchkey/db"
	"latchkey/db/backup"
	"latchkey/db/data"
	"latchkey/db/edits"
	"latchkey/db/history"
)

type restoreOptions struct {
	message  string
	withData bool
	dryRun   bool
	asking   bool   // a trial before the question
	name     string // of the backup in messages; "": as its file
}

func newRestore(a *app.App) *cobra.Command {
	var options restoreOptions
	command := &cobra.Command{
		Use: "restore FILE|-", Short: "Bring users and roles back to what they are in a backup", Args: app.Exactly(1, "a backup, or - for standard input"),
		Long: `Bring the live users, roles and resources back to what they are in a backup. This is one save with its own record, while
servers are running. The backup file never replaces the live one. What was added since the backup is removed, and what was
removed is added again.

No token is revived: one that was regenerated or disabled since the backup stays revoked, and its user is named. Damaged
rows are written again.

--with-data brings the documents of the API back too, from FILE-data.db beside it, in a transaction of its own. They
are committed right after that save. If either cannot be done, both files stay as they are. If only the last commit fails, as
on a full disk, the users are restored and the documents are not. The error says so: run the same command again.

The question before it says what would change. --dry-run says that and keeps nothing: what would be refused is refused with
the same exit status. With - the backup is read from standard input, and -y must say that it is meant.

The backup must be of this database. If the database is missing or cannot be read, move its files away and restore again: the
backup then becomes the database. In that case nothing tells which tokens were revoked since the backup. They work again:
regenerate them.`,
		Example: app.TrimExample(`
  latchkey restore before-the-move.db
  latchkey restore before-the-move.db -y -m "undo the move"
  latchkey restore before-the-move.db --with-data
  gunzip <latchkey.db.gz | latchkey restore - --dry-run`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			if err := errors.Join(edits.CheckText("message", options.message), a.CheckOutput(panel.Saved{})); err != nil {
				return err
			}
			if args[0] == standardStream {
				return restoreStream(command.Context(), a, options)
			}
			return restore(command.Context(), a, options, args[0])
		},
	}
	command.Flags().StringVarP(&options.message, "message", "m", "", "`text` for the record (default: which backup it was)")
	command.Flags().BoolVar(&options.dryRun, "dry-run", false, "try the restore and say what it would change, but keep nothing")
	command.Flags().BoolVar(&options.withData, "with-data", false, "bring the documents of the API back too")
	return command
}

func restore(ctx context.Context, a *app.App, options restoreOptions, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := (local.Files{Path: path, Warn: a.Messages().Warn}).Secure(); err != nil {
		return fmt.Errorf("reading the backup: %w", err)
	}
	from, err := db.Open(ctx, path, db.Options{Clock: a.Clock, Writable: true, Backups: true})
	if errors.Is(err, db.ErrMissing) {
		err = fmt.Errorf("reading the backup: there is no %s", path) // the hint of a missing database would not help
		return app.WithHint(err, "restore takes the file of a backup; 'latchkey rollback REV' stages the inverse of one save, and 'latchkey log NAME' lists those of a user")
	}
	if errors.Is(err, db.ErrForeign) {
		return app.WithHint(fmt.Errorf("reading the backup: %w", err), "it is not what 'latchkey backup' has written, or not all of it")
	}
	if err != nil {
		return orByPipe(fmt.Errorf("reading the backup: %w", err), readByPipe)
	}
	err = restoreFrom(ctx, a, options, from)
	if documents := data.PathBeside(path); err == nil && !options.withData {
		if there, _ := data.Exists(documents); there {
			a.Messages().Info("the documents in %s were left out: --with-data brings them back too", documents)
		}
	}
	return errors.Join(err, from.Close())
}

func restoreFrom(ctx context.Context, a *app.App, options restoreOptions, from *db.DB) error {
	newest, err := from.History().Head(ctx)
	if err != nil {
		return err
	}
	if options.message == "" {
		options.message = fmt.Sprintf("restore of %s, revision %d", cmp.Or(options.name, filepath.Base(from.Path())), newest.Number)
	}
	if options.dryRun {
		return restoreOrMake(ctx, a, options, from)
	}
	if !a.Flags.Yes { // who is asked is told what would change
		tried := options
		tried.dryRun, tried.asking = true, true
		if err := restoreOrMake(ctx, a, tried, from); err != nil {
			return err
		}
	}
	question := fmt.Sprintf("Bring everything back to revision %d, saved %s?", newest.Number, newest.SavedAt.Format(time.RFC3339))
	if err := a.Confirm(ctx, question); err != nil {
		return err
	}
	return restoreOrMake(ctx, a, options, from)
}

// restoreOrMake restores into the database, or makes one where there is none.
func restoreOrMake(ctx context.Context, a *app.App, options restoreOptions, from *db.DB) error {
	err := withDatabase(ctx, a, func(database *db.DB) error { return restoreInto(ctx, a, database, from, options) })
	if errors.Is(err, db.ErrMissing) {
		return restoreAnew(ctx, a, from, options)
	}
	return err
}

func restoreInto(ctx context.Context, a *app.App, database, from *db.DB, options restoreOptions) error {
	if options.dryRun {
		database = database.Trial()
	}
	var restored *backup.Restored
	err := restoreWith(ctx, a, options, from.Path(), func() error {
		done, err := backup.Restore(ctx, database, from, local.OperatorOf(a.Operator()), options.message)
		if err == nil {
			restored = &done
		}
		return err
	})
	if restored != nil {
		reportRestored(a, options, *restored)
	}
	switch {
	case err != nil || options.asking:
		return err
	case options.dryRun:
		return staging.PrintSaved(a, local.EditedByTrial(restored.Revision))
	}
	return staging.PrintSaved(a, local.EditedBySave(restored.Revision))
}

func reportRestored(a *app.App, options restoreOptions, restored backup.Restored) {
	switch edited := local.EditedBySave(restored.Revision); {
	case !options.dryRun:
		staging.ReportSaved(a, edited, false)
	case len(edited.Changes) == 0:
		a.Messages().Info("the users, roles and resources are as in the backup")
	default:
		staging.ReportTrial(a, edited)
	}
	if options.dryRun && !options.asking {
		a.Messages().Info("this was a dry run: nothing was restored")
	}
	for _, token := range restored.Revoked {
		stays := "API access is off: 'latchkey token enable " + token.Name + "' makes a new one"
		if token.Enabled {
			stays = "the present one stays"
		}
		a.Messages().Warn("%s: token %s of the backup was revoked since and stays so; %s", token.Name, token.Fingerprint, stays)
	}
}

// restoreAnew makes the backup the database where there is none.
func restoreAnew(ctx context.Context, a *app.App, from *db.DB, options restoreOptions) error {
	path, _, err := a.DatabasePath()
	if err != nil {
		return err
	}
	if a.Flags.As != "" {
		return fmt.Errorf("%w at %s", db.ErrMissing, path)
	}
	if options.dryRun {
		return tryAnew(ctx, a, from, options, path)
	}
	var made *history.Revision
	err = restoreWith(ctx, a, options, from.Path(), func() error {
		newest, err := backup.Revive(ctx, from, path)
		if err == nil {
			made = &newest
		}
		return err
	})
	if made != nil {
		messages := a.Messages()
		messages.Done("made %s of the backup, revision %d", path, made.Number)
		messages.Warn("tokens that were revoked after %s work again: regenerate or disable those", made.SavedAt.Format(time.RFC3339))
	}
	if err != nil {
		return err
	}
	return printBackup(a, BackupShape{File: path, Revision: made.Number, Head: headInWords(*made)})
}

// tryAnew says what restoreAnew would make.
func tryAnew(ctx context.Context, a *app.App, from *db.DB, options restoreOptions, path string) error {
	if err := backup.Verify(ctx, from); err != nil {
		return err
	}
	newest, err := from.History().Head(ctx)
	if err != nil {
		return err
	}
	a.Messages().Done("would make %s of the backup", path)
	if options.asking {
		return nil
	}
	return printBackup(a, BackupShape{File: path, Revision: newest.Number, Head: headInWords(newest)})
}
