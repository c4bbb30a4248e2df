package draft

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/db"
)

func NewDiscard(a *app.App) *cobra.Command {
	var operator OperatorName
	command := &cobra.Command{
		Use: "discard [NAME|KIND:NAME…]", Short: "Forget your draft", Args: cobra.ArbitraryArgs,
		Long: `Forget your draft, or only that of the named users. The live state stays; staged tokens never work.

--operator is for a draft that somebody else has abandoned: it shows what is lost, and asks. With --as it takes *:*.
Each operator has a draft without a name, and others by --draft; 'latchkey status --all' lists all.`,
		Example: app.TrimExample(`
  latchkey discard
  latchkey discard ci
  latchkey discard --operator os:ann --draft nightly`),
		Annotations: app.ViewExits(app.ExitState, app.ExitConflict, app.ExitUnconfirmed),
		RunE: func(command *cobra.Command, args []string) error {
			if operator != "" {
				return discardOf(command.Context(), a, string(operator), args)
			}
			return discard(command.Context(), a, args)
		},
	}
	command.Flags().Var(&operator, "operator", "forget the draft of this operator, such as os:ann or user:alice")
	return command
}

func discard(ctx context.Context, a *app.App, args []string) error {
	labels, err := app.CanonicalLabels(args)
	if err != nil {
		return err
	}
	return a.With(ctx, true, func(database *db.DB) error {
		discarded, err := database.Discard(ctx, a.Draft(), labels)
		if err != nil {
			return err
		}
		for _, staged := range discarded {
			a.Story().Done("discarded %s: %s", staged.Label(), app.InWords(staged.Change()))
		}
		if len(discarded) == 0 {
			a.Story().Note("nothing is staged")
		}
		return nil
	})
}
