package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/db"
)

func newDiscard(a *App) *cobra.Command {
	return &cobra.Command{
		Use: "discard [NAME…]", Short: "Forget your draft", Args: cobra.ArbitraryArgs,
		Long: "Forget your draft, or only that of the named users. The live state stays; staged tokens never work.",
		Example: trimExample(`
  latchkey discard
  latchkey discard ci`),
		Annotations: exitList(exitState, exitBusy),
		RunE:        func(command *cobra.Command, args []string) error { return a.discard(command.Context(), args) },
	}
}

func (a *App) discard(ctx context.Context, args []string) error {
	names, err := canonicalNames(args)
	if err != nil {
		return err
	}
	return a.with(ctx, true, func(database *db.DB) error {
		discarded, err := database.Discard(ctx, a.draft(), names)
		if err != nil {
			return err
		}
		for _, staged := range discarded {
			a.story().Done("discarded %s: %s", staged.Name(), inWords(staged.Change()))
		}
		if len(discarded) == 0 {
			a.story().Note("nothing is staged")
		}
		return nil
	})
}
