package maintain

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel/local"
	"latchkey/db"
	"latchkey/db/data"
)

func newInit(a *app.App) *cobra.Command {
	var options initOptions
	command := &cobra.Command{
		Use: "init", Short: "Make an empty database, or upgrade an older one", Args: app.NoArguments,
		Long: "Make an empty database without users. 'latchkey serve' makes one with an admin on its first start. Documents whose " +
			"database is gone are no beginning: they would count as those of other users.\n\n" +
			"With --catalogue none no resource is there but latchkey's own: a small API of your own begins empty.",
		Example: app.TrimExample(`
  latchkey init
  latchkey init --ensure
  latchkey init --catalogue none
  latchkey init --upgrade`),
		Annotations: app.ExitList(app.ExitState, app.ExitBusy),
		RunE: func(command *cobra.Command, _ []string) error {
			return initialize(command.Context(), a, options)
		},
	}
	command.Flags().BoolVar(&options.ensure, "ensure", false, "succeed and print nothing where there is a database already")
	command.Flags().BoolVar(&options.upgrade, "upgrade", false, "bring the database of an older release to this one")
	command.Flags().StringVar(&options.catalogue, "catalogue", "", "the resources that are there from the start, a `setting`: store or none (default store)")
	return command
}

type initOptions struct {
	ensure, upgrade bool
	catalogue       string
}

func initialize(ctx context.Context, a *app.App, options initOptions) error {
	path, _, err := a.DatabasePath()
	if err != nil {
		return err
	}
	seed, err := local.SeedOf(options.catalogue)
	if err != nil {
		return err
	}
	switch {
	case options.upgrade && seed != nil:
		err = app.WrongUsef("--catalogue is for a new database: 'latchkey settings set catalogue' changes one that there is")
	case options.upgrade:
		err = upgradeDatabase(ctx, a, path)
	case options.ensure:
		err = usable(ctx, a)
	default:
		err = db.ErrMissing
	}
	if !errors.Is(err, db.ErrMissing) || options.upgrade && !options.ensure {
		return err
	}
	if err := data.RefuseOrphan(path); err != nil {
		return err
	}
	err = db.Create(ctx, path, db.Options{Clock: a.Clock}, local.OperatorOf(a.Operator()), seed)
	switch {
	case err == nil:
		a.Messages().Done("made %s", path)
		a.Messages().Info("add a user with 'latchkey user add NAME'")
	case !errors.Is(err, db.ErrExists) || !isThere(path): // what stands beside it, the error names
	case options.ensure: // another process was faster
		return usable(ctx, a)
	default:
		err = app.WithHint(err, "'latchkey status' tells of it, --ensure accepts it as it is, --upgrade upgrades one of an older release")
	}
	return err
}

func upgradeDatabase(ctx context.Context, a *app.App, path string) error {
	files, err := filesOf(a)
	if err == nil {
		err = files.Secure()
	}
	if err != nil {
		return err
	}
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

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
