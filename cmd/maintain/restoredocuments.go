package maintain

import (
	"context"
	"errors"
	"fmt"

	"latchkey/cmd/internal/app"
	"latchkey/db/data"
)

// restoreWith restores the users and, if they are asked for, the documents beside the backup with them: both or neither,
// as long as the documents' changes, which are made before the users' and committed after them, can be committed.
func restoreWith(ctx context.Context, a *app.App, options restoreOptions, backup string, users func() error) error {
	if !options.withData {
		return users()
	}
	from, err := data.OpenReadOnly(ctx, data.PathBeside(backup))
	if err != nil {
		return fmt.Errorf("reading the backup: %w", err)
	}
	if err = from.Examine(ctx); err != nil {
		err = fmt.Errorf("reading the backup: %w", err)
	} else {
		err = restoreDocuments(ctx, a, options, from, users)
	}
	return errors.Join(err, from.Close())
}

// errTried rolls back the documents of a restore that is only tried.
var errTried = errors.New("only tried")

func restoreDocuments(ctx context.Context, a *app.App, options restoreOptions, from *data.Data, users func() error) error {
	return withDocuments(ctx, a, func(documents *data.Data) error {
		usersDone := false
		restored, err := documents.Restore(ctx, from, func() error {
			err := users()
			usersDone = err == nil
			if err == nil && options.dryRun {
				return errTried
			}
			return err
		})
		switch {
		case errors.Is(err, errTried):
			a.Messages().Done("would restore documents: %d to add, %d to change, %d to remove", restored.Added, restored.Changed, restored.Removed)
			return nil
		case err == nil:
			a.Messages().Done("restored documents: %d added, %d changed, %d removed", restored.Added, restored.Changed, restored.Removed)
		case usersDone:
			err = fmt.Errorf("the users, roles and resources are restored, but not the documents, as far as is known; "+
				"run the same command again: %w", err)
		}
		return err
	})
}
