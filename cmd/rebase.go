package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/db"
)

func newRebase(a *App) *cobra.Command {
	return &cobra.Command{
		Use: "rebase [NAME|KIND:NAME…]", Short: "Let your draft go on from the live state", Args: cobra.ArbitraryArgs,
		Long: `Let your draft go on from the live state where somebody else has saved other fields of the same users or roles since it
began. A draft that touches a field which has moved stays as it is, and is named: exit 6.`,
		Example: trimExample(`
  latchkey rebase
  latchkey rebase ci && latchkey save ci`),
		Annotations: editExits(),
		RunE:        func(command *cobra.Command, args []string) error { return a.rebase(command.Context(), args) },
	}
}

func (a *App) rebase(ctx context.Context, args []string) error {
	labels, err := canonicalLabels(args)
	if err != nil {
		return err
	}
	return a.with(ctx, true, func(database *db.DB) error {
		rebased, err := database.Rebase(ctx, a.draft(), labels)
		for _, staged := range rebased {
			a.story().Done("rebased %s on revision %d: %s", staged.Label(), staged.Began, inWords(staged.Change()))
		}
		if len(rebased) == 0 && err == nil {
			a.story().Note("nothing to rebase: the live state has not moved under your draft")
		}
		return err
	})
}
