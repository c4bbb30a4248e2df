package token

import (
	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/panel"
)

func newSuspend(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "suspend NAME…", SuggestFor: []string{"pause", "lock"}, Short: "Stage that tokens are not accepted for now", Args: app.AtLeast(1, "a username"),
		Long: `Stage that no token of users is accepted until 'token resume'. The tokens are kept: who has one need not get another. A new token
does not resume, nor does a rollback or a restore. 'token disable' is final.`,
		Example: app.TrimExample(`
  latchkey token suspend ci
  latchkey token suspend ci --ensure --save -m "until the laptop is found"`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return staging.Edit(command.Context(), a, options, staging.ForEach(args, func(name string) panel.Operation {
				return panel.SuspendToken{User: name}
			})...)
		},
	}
	options.AddFlags(command)
	return command
}

func newResume(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "resume NAME…", SuggestFor: []string{"unsuspend", "unlock"}, Short: "Stage that suspended tokens are accepted again", Args: app.AtLeast(1, "a username"),
		Long: "Stage that suspended tokens are accepted again. One that has ended meanwhile stays ended.",
		Example: app.TrimExample(`
  latchkey token resume ci
  latchkey token resume ci --ensure --save`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return staging.Edit(command.Context(), a, options, staging.ForEach(args, func(name string) panel.Operation {
				return panel.ResumeToken{User: name}
			})...)
		},
	}
	options.AddFlags(command)
	return command
}
