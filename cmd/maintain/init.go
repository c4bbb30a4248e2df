package maintain

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel/local"
	"latchkey/db"
	"latchkey/db/data"
)

func newInit(a *app.App) *cobra.Command {
	var ensure, upgrade bool
	command := &cobra.Command{
		Use: "init", Short: "Make an empty database, or upgrade an older one", Args: app.NoArguments,
		Long: "Make an empty database without users. 'latchkey serve' makes one with an admin on its first start. Documents whose " +
			"database is gone are no beginning: they would count as those of other users.",
		Example: app.TrimExample(`
  latchkey init
  latchkey init --ensure
  latchkey init --upgrade`),
		Annotations: app.ExitList(app.ExitState, app.ExitBusy),
		RunE: func(command *cobra.Command, _ []string) error {
			return initialize(command.Context(), a, ensure, upgrade)
		},
	}
	command.Flags().BoolVar(&ensure, "ensure", false, "succeed and print nothing where there is a database already")
	command.Flags().BoolVar(&upgrade, "upgrade", false, "bring the database of an older release to this one")
	return command
}

func initialize(ctx context.Context, a *app.App, ensure, upgrade bool) error {
	path, _, err := a.DatabasePath()
	if err != nil {
		return err
	}
	switch {
	case upgrade:
		err = upgradeDatabase(ctx, a, path)
	case ensure:
		err = usable(ctx, a)
	default:
		err = db.ErrMissing
	}
	if !errors.Is(err, db.ErrMissing) || upgrade && !ensure {
		return err
	}
	if err := data.RefuseOrphan(path); err != nil {
		return err
	}
	err = db.Create(ctx, path, db.Options{Clock: a.Clock}, local.OperatorOf(a.Operator()), nil)
	switch {
	case err == nil:
		a.Messages().Done("made %s", path)
		a.Messages().Info("add a user with 'latchkey user add NAME'")
	case errors.Is(err, db.ErrExists) && ensure: // another process was faster
		return usable(ctx, a)
	case errors.Is(err, db.ErrExists):
		err = app.WithHint(err, "'latchkey status' tells of it, --ensure accepts it as it is, --upgrade upgrades one of an older release")
	}
	return err
}

func upgradeDatabase(ctx context.Context, a *app.App, path string) error {
	from, err := db.Upgrade(ctx, path)
	if err == nil {
		a.Messages().Done("%s: schema %d, was %d", path, db.SchemaVersion(), from)
	}
	return err
}

// usable is nil where what stands at the path is a database of this release.
func usable(ctx context.Context, a *app.App) error {
	files, err := filesOf(a)
	if err != nil {
		return err
	}
	database, err := files.Open(ctx, false)
	if err != nil {
		return err
	}
	return database.Close()
}
