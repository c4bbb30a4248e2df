package maintain

import (
	"context"
	"errors"
	"time"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/panel"
	"latchkey/cmd/panel/local"
	"latchkey/db"
	"latchkey/db/edits"
)

// resetClock takes the clock for right, after a question: what else is known of the time is forgotten.
func resetClock(ctx context.Context, a *app.App, message string) error {
	if err := errors.Join(edits.CheckText("message", message), a.CheckOutput(panel.Saved{})); err != nil {
		return err
	}
	if message == "" {
		message = "reset of the clock"
	}
	return withDatabase(ctx, a, func(database *db.DB) error {
		now, err := database.Now(ctx)
		if err != nil {
			return err
		}
		if now.Behind() {
			err = a.Confirm(ctx, "Is it really "+a.Clock().UTC().Format(time.RFC3339)+"? Every retiring token, and every rule that allows something until later than that, ends.")
		}
		if err != nil {
			return err
		}
		reset, err := database.ResetClock(ctx, local.OperatorOf(a.Operator()), message)
		if err != nil {
			return err
		}
		reportReset(a, reset)
		return staging.PrintSaved(a, local.EditedBySave(reset.Revision))
	})
}

func reportReset(a *app.App, reset db.ClockReset) {
	messages := a.Messages()
	if reset.Revision.Number == 0 {
		messages.Info("nothing to do: the clock is not behind")
		return
	}
	staging.ReportChanges(a, local.EditedBySave(reset.Revision))
	for _, draft := range reset.Drafts {
		messages.Warn("a draft of %s has lost rules that end: they were staged at a time that is still to come", draft.Operator.Name)
	}
	messages.Done("saved revision %d: the clock counts again, and that %s has passed does not (head %s)",
		reset.Revision.Number, reset.Proved.UTC().Format(time.RFC3339), reset.Revision.Head)
}
