package query

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/view"
	"latchkey/db"
	"latchkey/db/drafts"
)

// stateOptions are the flags of the verbs that answer by one state of the users: the live one, unless they say another.
type stateOptions struct {
	staged bool
	at     app.RevisionNumber
}

const stateHelp = `The answer is by the live state; with --staged by the one that your draft would bring about; with --at by the one that
a revision left behind, 0 being before the first: users are called as they were then, and rules that end are judged at
the time of that save.`

func (o *stateOptions) addFlags(command *cobra.Command) {
	command.Flags().BoolVar(&o.staged, "staged", false, "answer as if your draft were saved")
	command.Flags().Var(&o.at, "at", "answer as of this `revision`, 0 for before the first (with --as this takes revisions:view)")
}

func (o *stateOptions) check() error {
	if o.staged && o.at.Given {
		return app.WrongUsef("--staged and --at name different states: use one of them")
	}
	return nil
}

// name is the word for the state in JSON.
func (o *stateOptions) name() string {
	switch {
	case o.staged:
		return "staged"
	case o.at.Given:
		return "revision"
	}
	return "live"
}

func (o *stateOptions) state(draft drafts.Draft) db.State {
	switch {
	case o.staged:
		return db.StagedBy(draft)
	case o.at.Given:
		return db.AsOf(o.at.Number)
	}
	return db.State{}
}

// inState runs work on the users of the state that the flags name. It reports which state that is.
func inState(ctx context.Context, a *app.App, database *db.DB, options stateOptions, work func(holders *db.Holders) error) error {
	if options.at.Given {
		if err := database.Require(ctx, a.Operator(), view.Revisions); err != nil {
			return err
		}
	}
	return database.Holders(ctx, options.state(a.Draft()), func(holders *db.Holders) error {
		reportState(a, options, holders)
		return work(holders)
	})
}

func reportState(a *app.App, options stateOptions, holders *db.Holders) {
	messages, saved := a.Messages(), holders.Revision
	if options.at.Given && saved.Number > 0 {
		messages.Info("as of revision %d, saved %s by %s", saved.Number, saved.SavedAt.Format(time.RFC3339), saved.Operator.Name)
	}
	if options.staged && len(holders.Staged) == 0 {
		messages.Info("nothing is staged: this is the live state")
	}
	for _, draft := range holders.Staged {
		if draft.Stale() {
			messages.Warn("%s has changed since it was staged: a save would be a conflict", draft.Label())
		}
	}
}
