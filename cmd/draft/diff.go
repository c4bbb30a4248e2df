package draft

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/history"
	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
)

func newDiff(a *app.App) *cobra.Command {
	var exitCode bool
	command := &cobra.Command{
		Use: "diff [NAME|KIND:NAME…] | REV REV", Short: "Compare your draft with the live state, or two revisions, field by field", Args: cobra.ArbitraryArgs,
		Long: `Compare your draft with the live state. The columns are object, field, live, staged. --output commands prints the staged
work as commands that stage it again. For a staged token it prints a command that makes a new one, as the token is not stored.

Two numbers are revisions, unless one of them is a user in your draft. Then the states after these revisions are compared. 0
is the state before the first revision. 11..12 means the same, last or HEAD is the newest revision, and last~1 alone compares
the one before it with the newest.`,
		Example: app.TrimExample(`
  latchkey diff
  latchkey diff --exit-code || echo "something is staged"
  latchkey diff --output commands > staged.sh
  latchkey diff 11 12`),
		Annotations: app.ViewExits(app.ExitUnknown, app.ExitState, app.ExitDifferences),
		RunE: func(command *cobra.Command, args []string) error {
			return diff(command.Context(), a, args, exitCode)
		},
	}
	command.Flags().BoolVar(&exitCode, "exit-code", false, "exit 10 when there are differences")
	return command
}

func diff(ctx context.Context, a *app.App, args []string, exitCode bool) error {
	return a.Panel(ctx, false, func(p panel.Panel) error {
		revisions, err := revisionPair(ctx, a, p, args)
		if err != nil {
			return err
		}
		if revisions != nil {
			return diffRevisions(ctx, a, p, revisions, exitCode)
		}
		staged, err := p.Diff(ctx, a.DraftName(), args)
		if err != nil {
			return err
		}
		if a.Flags.Output == FormatCommands {
			return printCommands(a, staged, exitCode)
		}
		list := ui.List{Table: ui.Table{Columns: []string{"object", "field", "live", "staged"}, Flexible: []string{"staged"}}}
		for _, change := range staged {
			if change.ConflictReason != "" {
				a.Messages().Warn("%s: a save would be a conflict; see 'latchkey rebase'", change.ConflictReason)
			}
			warnEnded(a, change)
			for _, difference := range change.Differences {
				history.AddChange(&list, difference.Changed, difference)
			}
		}
		if err := history.PrintDifferences(a, list, "nothing is staged"); err != nil {
			return err
		}
		return differ(exitCode, len(list.Names))
	})
}

// warnEnded says what was staged under a token that has ended.
func warnEnded(a *app.App, change panel.StagedChange) {
	for _, difference := range change.Differences {
		if difference.EndedToken != nil {
			a.Messages().Warn("%s: %s was staged under token %s, which has ended: was it you? 'latchkey save' asks before it saves that",
				difference.Object, difference.Field, *difference.EndedToken)
		}
	}
}

// differ is the exit status for so many differences, if it was asked for.
func differ(exitCode bool, differences int) error {
	if exitCode && differences > 0 {
		return app.ExitStatus(app.ExitDifferences)
	}
	return nil
}
