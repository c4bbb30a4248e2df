// Package user is the commands about users: adding, changing, renaming and removing them, and looking at them.
package user

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
)

// Commands are the commands of this package.
func Commands(a *app.App) []*cobra.Command {
	return []*cobra.Command{app.Noun("user", "Users: one integration, one user", `
A user has a username, API access that is on or off, one current token, and rules that say what the user may do.`, `
  latchkey user add ci --note "the build server"
  latchkey user list`,
		newAdd(a), newList(a), newShow(a), newEdit(a), newRename(a), newRemove(a))}
}

func newRemove(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "remove NAME…", SuggestFor: []string{"delete", "del", "rm"}, Short: "Stage the removal of users", Args: app.AtLeast(1, "a username"),
		Long: "Stage the removal of users with their tokens and rules. A later user of the same name is another one.",
		Example: app.TrimExample(`
  latchkey user remove bob
  latchkey user remove bob -y --save`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return removeUsers(command.Context(), a, options, args)
		},
	}
	options.AddFlags(command)
	return command
}

func removeUsers(ctx context.Context, a *app.App, options staging.Options, args []string) error {
	options.Question = fmt.Sprintf("Remove %s with token and rules?", ui.Enumerate(args))
	return staging.Edit(ctx, a, options, staging.ForEach(args, func(name string) panel.Operation {
		return panel.RemoveUser{Name: name}
	})...)
}

func newShow(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME…", Short: "Show live users, with their rules", Args: app.AtLeast(1, "a username"),
		Long: "Show live users. What you have staged of them is printed on standard error; 'latchkey diff' shows it whole.",
		Example: app.TrimExample(`
  latchkey user show ci
  latchkey user show ci --field token.fingerprint`),
		Annotations: app.ViewExits(app.ExitUnknown),
		RunE:        func(command *cobra.Command, args []string) error { return showUsers(command.Context(), a, args) },
	}
}

func showUsers(ctx context.Context, a *app.App, args []string) error {
	return view.Show(ctx, a, args, panel.Panel.UsersNamed, func(user panel.UserView) (ui.Object, *panel.Staged) {
		return userObject(user), user.Draft
	})
}

// userObject shows a user with all rules that count, and through which role.
func userObject(user panel.UserView) ui.Object {
	object := ui.Object{Name: user.Name, Value: user.User}
	add := func(key string, cell ui.Cell) { object.Fields = append(object.Fields, ui.Field{Key: key, Value: cell}) }
	addTime := func(key string, at *time.Time) {
		if at != nil {
			add(key, ui.Cell{Time: *at})
		}
	}
	add("name", ui.Cell{Text: user.Name, Style: ui.Strong})
	if user.Email != "" {
		add("email", ui.Cell{Text: user.Email})
	}
	if user.Note != "" {
		add("note", ui.Cell{Text: user.Note})
	}
	add("access", view.AccessOf(user.APIAccess, user.Token))
	if user.Token != nil {
		add("token", view.Token(user.Token))
		add("token issued", ui.Cell{Time: user.Token.IssuedAt})
		addTime("token ends", user.Token.ExpiresAt)
		addTime("token used", user.LastUsedAt)
	}
	if user.Retiring != nil {
		add("retiring", ui.Cell{Text: user.Retiring.Fingerprint, Style: ui.Warn})
		add("retiring until", ui.Cell{Time: user.Retiring.Until})
		addTime("retiring used", user.RetiringLastUsedAt)
	}
	for _, role := range user.Roles {
		add("role", ui.Cell{Text: role})
	}
	for _, rule := range user.Granted {
		add("rule", view.Rule(panel.HeldRule{Rule: rule.Rule, Role: rule.Role}))
	}
	addTime("created", user.CreatedAt)
	addTime("changed", user.ChangedAt)
	add("revision", ui.Cell{Text: fmt.Sprint(user.Revision)})
	return object
}
