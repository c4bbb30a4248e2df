// Package user is the commands about users: adding, changing, renaming and removing them, and looking at them.
package user

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// Commands are the commands of this package.
func Commands(a *app.App) []*cobra.Command {
	return []*cobra.Command{app.Noun("user", "Users: one integration, one user", `
A user is a username with API access on or off, one current token, and rules that say what it may do.`, `
  latchkey user add ci --note "the build server"
  latchkey user list`,
		newAdd(a), newList(a), newShow(a), newEdit(a), newRename(a), newRemove(a))}
}

func newAdd(a *app.App) *cobra.Command {
	var options staging.Options
	var email, note string
	command := &cobra.Command{
		Use: "add NAME…", SuggestFor: []string{"create", "new"}, Short: "Stage new users", Args: app.AtLeast(1, "a username"),
		Long: "Stage new users. They have no API access and no permission yet: see 'token enable' and 'perm grant'.",
		Example: app.TrimExample(`
  latchkey user add ci
  latchkey user add ann bob --ensure --save`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return addUsers(command.Context(), a, options, args, email, note)
		},
	}
	options.AddFlags(command)
	command.Flags().StringVar(&email, "email", "", "e-mail `address` of whoever answers for the user")
	command.Flags().StringVar(&note, "note", "", "what the user is for, as a `text`")
	return command
}

func addUsers(ctx context.Context, a *app.App, options staging.Options, args []string, email, note string) error {
	names, err := app.CanonicalNames(args)
	if err := errors.Join(err, edits.CheckText("email", email), edits.CheckText("note", note)); err != nil {
		return err
	}
	var added []string
	add := edits.AddUser(email, note)
	change := options.IgnoreIf(func(subject *model.Subject) error {
		err := add(subject)
		if err == nil {
			added = append(added, subject.Name)
		}
		return err
	}, model.ErrUserExists)
	if err := staging.Edit(ctx, a, options, model.KindUser, names, change); err != nil {
		return err
	}
	for _, name := range added {
		warnLookAlike(a, name)
	}
	return nil
}

func newRemove(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "remove NAME…", SuggestFor: []string{"delete", "del", "rm"}, Short: "Stage the removal of users", Args: app.AtLeast(1, "a username"),
		Long: "Stage the removal of users with their tokens and rules. A later user of the same name is another one.",
		Example: app.TrimExample(`
  latchkey user remove bob
  latchkey user remove bob -y --save`),
		Annotations: app.EditExits(app.ExitUnconfirmed),
		RunE: func(command *cobra.Command, args []string) error {
			return removeUsers(command.Context(), a, options, args)
		},
	}
	options.AddFlags(command)
	return command
}

func removeUsers(ctx context.Context, a *app.App, options staging.Options, args []string) error {
	names, err := app.CanonicalNames(args)
	if err != nil {
		return err
	}
	options.Question = fmt.Sprintf("Remove %s with token and rules?", ui.Enumerate(names))
	change := options.IgnoreIf(edits.Remove(), model.ErrNoUser)
	return staging.Edit(ctx, a, options, model.KindUser, names, change)
}

func newList(a *app.App) *cobra.Command {
	var role app.Username
	command := &cobra.Command{
		Use: "list", SuggestFor: []string{"ls"}, Short: "List the live users", Args: app.NoArguments,
		Example: app.TrimExample(`
  latchkey user list
  latchkey user list --role support
  latchkey user list --output jsonl | jq -r 'select(.api_access) | .name'`),
		Annotations: app.ViewExits(app.ExitUnknown),
		RunE: func(command *cobra.Command, _ []string) error {
			return listUsers(command.Context(), a, db.Choice{Kind: model.KindUser, Role: role.String()})
		},
	}
	command.Flags().Var(&role, "role", "only those who have this `role`")
	return command
}

func listUsers(ctx context.Context, a *app.App, choice db.Choice) error {
	return view.Permitted(ctx, a, view.Users, func(database *db.DB) error {
		users, err := database.Chosen(ctx, choice)
		if err != nil {
			return err
		}
		list := ui.List{Table: ui.Table{Columns: []string{"name", "access", "token", "rules", "changed", "note"}, Flexible: "note"}}
		uses := view.LastUses(ctx, a, 0)
		for _, user := range users {
			list.Names = append(list.Names, user.Name)
			list.Values = append(list.Values, wire.UserOf(user, uses))
			list.Table.Rows = append(list.Table.Rows, []ui.Cell{{Text: user.Name, Style: ui.Strong}, view.AccessCell(user),
				view.TokenCell(user), {Text: fmt.Sprint(len(user.Rules))}, {Time: user.ChangedAt}, {Text: user.Note, Style: ui.Dim}})
		}
		if choice.Role != "" {
			return a.PrintList(list, "nobody has the role: 'latchkey role assign "+choice.Role+" NAME' stages it")
		}
		return a.PrintList(list, "no users yet: 'latchkey user add NAME' stages one")
	})
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
	return view.Objects(ctx, a, model.KindUser, view.Users, args, func(database *db.DB, users []model.Object) error {
		objects := make([]ui.Object, 0, len(users))
		for _, user := range users {
			rules, err := database.Rules(ctx, &user)
			if err != nil {
				return err
			}
			objects = append(objects, userObject(user, rules, view.LastUses(ctx, a, user.ID)))
		}
		return a.PrintObjects(objects)
	})
}

// userObject shows a user with all rules that count, and through which role.
func userObject(user model.Object, rules []perms.Rule, uses wire.Uses) ui.Object {
	shape := wire.UserOf(user, uses)
	object := ui.Object{Name: user.Name, Value: shape}
	add := func(key string, cell ui.Cell) { object.Fields = append(object.Fields, ui.Field{Key: key, Value: cell}) }
	add("name", ui.Cell{Text: user.Name, Style: ui.Strong})
	if user.Email != "" {
		add("email", ui.Cell{Text: user.Email})
	}
	if user.Note != "" {
		add("note", ui.Cell{Text: user.Note})
	}
	add("access", view.AccessCell(user))
	if user.Access.Enabled() {
		add("token", view.TokenCell(user))
		add("token issued", ui.Cell{Time: user.Access.IssuedAt})
		if shape.LastUsedAt != nil {
			add("token used", ui.Cell{Time: *shape.LastUsedAt})
		}
	}
	if !user.Access.Retiring.IsZero() {
		add("retiring", ui.Cell{Text: user.Access.Retiring.Fingerprint(), Style: ui.Warn})
		add("retiring until", ui.Cell{Time: user.Access.RetiringUntil})
		if shape.RetiringLastUsedAt != nil {
			add("retiring used", ui.Cell{Time: *shape.RetiringLastUsedAt})
		}
	}
	for _, role := range user.Roles {
		add("role", ui.Cell{Text: role})
	}
	for _, rule := range rules {
		add("rule", view.RuleCell(edits.InWords(rule), rule.Effect == perms.Deny))
	}
	add("created", ui.Cell{Time: user.CreatedAt})
	add("changed", ui.Cell{Time: user.ChangedAt})
	add("revision", ui.Cell{Text: fmt.Sprint(user.Revision)})
	return object
}
