package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"latchkey/db"
)

func newInit(a *App) *cobra.Command {
	var upgrade bool
	command := &cobra.Command{
		Use: "init", Short: "Make an empty database, or upgrade an older one", Args: noArguments,
		Long: "Make an empty database with nobody in it. 'latchkey serve' makes one with an admin on its first start.",
		Example: trimExample(`
  latchkey init
  latchkey init --upgrade`),
		Annotations: exitList(exitState, exitBusy),
		RunE:        func(command *cobra.Command, _ []string) error { return a.init(command.Context(), upgrade) },
	}
	command.Flags().BoolVar(&upgrade, "upgrade", false, "bring the database of an older release to this one")
	return command
}

func (a *App) init(ctx context.Context, upgrade bool) error {
	path, _, err := a.databasePath()
	if err != nil {
		return err
	}
	if upgrade {
		from, err := db.Upgrade(ctx, path)
		if err == nil {
			a.story().Done("%s: schema %d, was %d", path, db.SchemaVersion(), from)
		}
		return err
	}
	if err := db.Create(ctx, path, db.Options{Clock: a.Clock}, a.operator(), nil); err != nil {
		if errors.Is(err, db.ErrExists) {
			err = fmt.Errorf("%w; 'latchkey status' tells of it, 'latchkey init --upgrade' upgrades one of an older release", err)
		}
		return err
	}
	a.story().Done("made %s", path)
	a.story().Note("add a user with 'latchkey user add NAME'")
	return nil
}
