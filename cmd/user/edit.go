package user

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/panel"
)

func newEdit(a *app.App) *cobra.Command {
	var options staging.Options
	var name, email, note string
	command := &cobra.Command{
		Use: "edit NAME…", SuggestFor: []string{"change", "set", "modify"}, Short: "Stage another name, e-mail address or note of users",
		Args: app.AtLeast(1, "a username"),
		Long: "Stage another name, e-mail address or note of users. What no flag names stays. Token, rules and roles stay\n" +
			"with the user when the name changes.",
		Example: app.TrimExample(`
  latchkey user edit ci --note "the build server" --email ops@example.org
  latchkey user edit ann bob --email "" --save`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			given := func(flag string, value *string) *string {
				if !command.Flags().Changed(flag) {
					return nil
				}
				return value
			}
			return editUsers(command.Context(), a, options, args,
				panel.EditUser{NewName: given("name", &name), Email: given("email", &email), Note: given("note", &note)})
		},
	}
	options.AddFlags(command)
	command.Flags().StringVar(&name, "name", "", "another `name`; for one user, like 'user rename'")
	command.Flags().StringVar(&email, "email", "", "e-mail `address` of whoever answers for the user")
	command.Flags().StringVar(&note, "note", "", "what the user is for, as a `text`")
	app.MayBeEmpty(command, "none", "email", "note")
	return command
}

func newRename(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "rename NAME NEW", SuggestFor: []string{"mv", "move"}, Short: "Stage another name of a user", Args: app.Exactly(2, "a username and the new one"),
		Long: `Stage another name of a user. Token, rules and roles stay with the user. From the save on, requests
need the new name. Your draft uses the new name at once. To swap two names, rename the first to a third name, the second to
the first, and the third to the second. One save saves all of it.`,
		Example: app.TrimExample(`
  latchkey user rename ci build
  latchkey user rename ci build --save -m "it is no longer alone"`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return editUsers(command.Context(), a, options, args[:1], panel.EditUser{NewName: &args[1]})
		},
	}
	options.AddFlags(command)
	return command
}

func editUsers(ctx context.Context, a *app.App, options staging.Options, args []string, edit panel.EditUser) error {
	switch {
	case edit.NewName != nil && len(args) > 1:
		return app.WrongUsef("--name is for one user, since no two have the same")
	case edit.NewName == nil && edit.Email == nil && edit.Note == nil:
		return app.WrongUsef("nothing to edit: give --name, --email or --note")
	}
	return staging.Edit(ctx, a, options, staging.ForEach(args, func(name string) panel.Operation {
		edit.Name = name
		return edit
	})...)
}
