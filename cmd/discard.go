package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/db"
)

func newDiscard(a *App) *cobra.Command {
	var operator operatorName
	command := &cobra.Command{
		Use: "discard [NAME|KIND:NAME…]", Short: "Forget your draft", Args: cobra.ArbitraryArgs,
		Long: `Forget your draft, or only that of the named users. The live state stays; staged tokens never work.

--operator is for a draft that somebody else has abandoned: it shows what is lost, and asks. With --as it takes *:*.
Each operator has a draft without a name, and others by --draft; 'latchkey status --all' lists all.`,
		Example: trimExample(`
  latchkey discard
  latchkey discard ci
  latchkey discard --operator os:ann --draft nightly`),
		Annotations: viewExits(exitState, exitConflict, exitUnconfirmed),
		RunE: func(command *cobra.Command, args []string) error {
			if operator != "" {
				return a.discardOf(command.Context(), string(operator), args)
			}
			return a.discard(command.Context(), args)
		},
	}
	command.Flags().Var(&operator, "operator", "forget the draft of this operator, such as os:ann or user:alice")
	return command
}

func (a *App) discard(ctx context.Context, args []string) error {
	labels, err := canonicalLabels(args)
	if err != nil {
		return err
	}
	return a.with(ctx, true, func(database *db.DB) error {
		discarded, err := database.Discard(ctx, a.draft(), labels)
		if err != nil {
			return err
		}
		for _, staged := range discarded {
			a.story().Done("discarded %s: %s", staged.Label(), inWords(staged.Change()))
		}
		if len(discarded) == 0 {
			a.story().Note("nothing is staged")
		}
		return nil
	})
}
