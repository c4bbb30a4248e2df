package draft

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/panel"
)

func newRebase(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "rebase [NAME|KIND:NAME…]", Short: "Rebase your draft onto the live state", Args: cobra.ArbitraryArgs,
		Long: `Rebase your draft onto the live state after somebody else has saved other fields of the same users or roles. If both have
changed the same field, the draft stays as it is, the field is named, and the exit status is 6.`,
		Example: app.TrimExample(`
  latchkey rebase
  latchkey rebase ci && latchkey save ci`),
		Annotations: app.ViewExits(app.ExitUnknown, app.ExitState, app.ExitConflict, app.ExitUnknownResult),
		RunE:        func(command *cobra.Command, args []string) error { return rebase(command.Context(), a, args) },
	}
}

func rebase(ctx context.Context, a *app.App, args []string) error {
	return a.Panel(ctx, true, func(p panel.Panel) error {
		rebased, err := p.Rebase(ctx, a.DraftName(), args)
		for _, staged := range rebased {
			a.Messages().Done("rebased %s on revision %d: %s", staged.Object, staged.Began, staging.InWords(staged))
		}
		if len(rebased) == 0 && err == nil {
			a.Messages().Info("nothing to rebase: the live state has not moved under your draft")
		}
		return err
	})
}
