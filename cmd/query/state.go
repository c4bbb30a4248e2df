package query

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
)

// stateOptions are the flags of the verbs that answer by one state of the users: the live one, unless they say another.
type stateOptions struct {
	staged bool
	at     string // a revision as people write it; "": none
}

const stateHelp = `The decision is about the live state. With --staged it is about the state after a save of your draft. With --at it is about
the state after a revision, and 0 is the state before the first one. Then users have the names of that time, and rules
and tokens that end are judged at the time of that save.`

func (o *stateOptions) addFlags(command *cobra.Command) {
	command.Flags().BoolVar(&o.staged, "staged", false, "answer as if your draft were saved")
	command.Flags().StringVar(&o.at, "at", "", "answer as of this `revision`, such as 12, last or HEAD~2; 0 is before the first (with --as this takes revisions:view)")
}

func (o *stateOptions) check() error {
	if o.staged && o.at != "" {
		return app.WrongUsef("--staged and --at name different states: use one of them")
	}
	return nil
}

// name is the word for the state in JSON.
func (o *stateOptions) name() string {
	switch {
	case o.staged:
		return "staged"
	case o.at != "":
		return "revision"
	}
	return "live"
}

// state is the state as the panel takes it.
func (o *stateOptions) state(ctx context.Context, a *app.App, p panel.Panel) (panel.State, error) {
	state := panel.State{Staged: o.staged, Draft: a.DraftName()}
	if o.at == "" {
		return state, nil
	}
	revision, err := view.Revision(ctx, p, o.at)
	state.Revision = &revision
	return state, err
}

// report prints which state an answer is by.
func (o *stateOptions) report(a *app.App, state panel.AskedState) {
	messages := a.Messages()
	if saved := state.Revision; saved != nil {
		messages.Info("as of revision %d, saved %s by %s", saved.Revision, saved.SavedAt.Format(time.RFC3339), saved.Operator)
	}
	if state.ClockBehind != nil {
		messages.Warn("%s", app.ClockInWords(*state.ClockBehind))
	}
	if !o.staged {
		return
	}
	if len(state.Staged) == 0 {
		messages.Info("nothing is staged: this is the live state")
	}
	for _, staged := range state.Staged {
		if staged.Conflict {
			messages.Warn("%s has changed since it was staged: a save would be a conflict", staged.Object)
		}
	}
}
