package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"latchkey/db"
)

// stateOptions are the flags of the verbs that answer by one state of the users: the live one, unless they say another.
type StateOptions struct {
	staged bool
	at     RevisionNumber
}

const StateHelp = `The answer is by the live state; with --staged by the one that your draft would bring about; with --at by the one that
a revision left behind, 0 being before the first: users are called as they were then, and rules that end are judged at
the time of that save.`

func (o *StateOptions) AddFlags(command *cobra.Command) {
	command.Flags().BoolVar(&o.staged, "staged", false, "answer as if your draft were saved")
	command.Flags().Var(&o.at, "at", "answer as of this `revision`, 0 for before the first (with --as this takes revisions:view)")
}

func (o *StateOptions) Check() error {
	if o.staged && o.at.given {
		return WrongUsef("--staged and --at name different states: use one of them")
	}
	return nil
}

// name is the word for the state in JSON.
func (o *StateOptions) Name() string {
	switch {
	case o.staged:
		return "staged"
	case o.at.given:
		return "revision"
	}
	return "live"
}

func (o *StateOptions) state(draft db.Draft) db.State {
	switch {
	case o.staged:
		return db.StagedBy(draft)
	case o.at.given:
		return db.AsOf(o.at.Number)
	}
	return db.State{}
}

// ask runs work on the users of the state, and at the moment, that the flags name. It says what state that is.
func (a *App) Ask(ctx context.Context, database *db.DB, options StateOptions, work func(holders *db.Holders, at time.Time) error) error {
	if options.at.given {
		if err := database.Require(ctx, a.Operator(), ViewRevisions); err != nil {
			return err
		}
	}
	return database.Holders(ctx, options.state(a.Draft()), func(holders *db.Holders) error {
		a.tellState(options, holders)
		if options.at.given {
			return work(holders, holders.Revision.SavedAt)
		}
		return work(holders, a.Clock().UTC())
	})
}

func (a *App) tellState(options StateOptions, holders *db.Holders) {
	story, saved := a.Story(), holders.Revision
	if options.at.given && saved.Number > 0 {
		story.Note("as of revision %d, saved %s by %s", saved.Number, saved.SavedAt.Format(time.RFC3339), saved.Operator.Name)
	}
	if options.staged && len(holders.Staged) == 0 {
		story.Note("nothing is staged: this is the live state")
	}
	for _, draft := range holders.Staged {
		if draft.Stale() {
			story.Warn("%s has changed since it was staged: a save would be a conflict", draft.Label())
		}
	}
}

// revisionNumber is a flag value: the number of a save, or 0.
type RevisionNumber struct {
	Number int64
	given  bool
}

// String is the flag's value.
func (r *RevisionNumber) String() string {
	if !r.given {
		return ""
	}
	return fmt.Sprint(r.Number)
}

// Type is the word for the value in help texts.
func (r *RevisionNumber) Type() string { return "revision" }

// Set reads the flag.
func (r *RevisionNumber) Set(text string) error {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 {
		return errors.New("a revision is a number from 0 on: 'latchkey log' shows all")
	}
	r.Number, r.given = number, true
	return nil
}
