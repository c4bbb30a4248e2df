package maintain

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel/local"
	"latchkey/db"
)

func newInit(a *app.App) *cobra.Command {
	var upgrade bool
	command := &cobra.Command{
		Use: "init", Short: "Make an empty database, or upgrade an older one", Args: app.NoArguments,
		Long: "Make an empty database without users. 'latchkey serve' makes one with an admin on its first start.",
		Example: app.TrimExample(`
  latchkey init
  latchkey init --upgrade`),
		Annotations: app.ExitList(app.ExitState, app.ExitBusy),
		RunE:        func(command *cobra.Command, _ []string) error { return initialize(command.Context(), a, upgrade) },
	}
	command.Flags().BoolVar(&upgrade, "upgrade", false, "bring the database of an older release to this one")
	return command
}

func initialize(ctx context.Context, a *app.App, upgrade bool) error {
	path, _, err := a.DatabasePath()
	if err != nil {
		return err
	}
	if upgrade {
		from, err := db.Upgrade(ctx, path)
		if err == nil {
			a.Messages().Done("%s: schema %d, was %d", path, db.SchemaVersion(), from)
		}
		return err
	}
	if err := db.Create(ctx, path, db.Options{Clock: a.Clock}, local.OperatorOf(a.Operator()), nil); err != nil {
		if errors.Is(err, db.ErrExists) {
			err = fmt.Errorf("%w; 'latchkey status' tells of it, 'latchkey init --upgrade' upgrades one of an older release", err)
		}
		return err
	}
	a.Messages().Done("made %s", path)
	a.Messages().Info("add a user with 'latchkey user add NAME'")
	return nil
}
