package perm

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

func newRole(a *app.App) *cobra.Command {
	return app.Noun("role", "Roles: named sets of rules that users can have", `
A role is a named set of rules. Its rules count for every user it is assigned to, beside the user's own; deny beats
allow wherever it comes from. Roles are staged and saved like users; save, diff and discard name them role:ROLE.`, `
  latchkey role add support
  latchkey role grant support orders:view customers:view
  latchkey role assign support ann bob`,
		newRoleAdd(a), newRoleEdit(a), newRoleList(a), newRoleShow(a), newRoleRemove(a), newRuleSet(a, ofRoles, perms.Allow),
		newRuleSet(a, ofRoles, perms.Deny), newRuleRevoke(a, ofRoles), newRoleAssign(a), newRoleUnassign(a))
}

func newRoleAdd(a *app.App) *cobra.Command {
	var options staging.Options
	var note string
	command := &cobra.Command{
		Use: "add ROLE…", SuggestFor: []string{"create", "new"}, Short: "Stage new roles", Args: app.AtLeast(1, "the name of a role"),
		Example: app.TrimExample(`
  latchkey role add support --note "answers customers"
  latchkey role add support --ensure --save`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			names, err := app.CanonicalNames(args)
			if err := errors.Join(err, edits.CheckText("note", note)); err != nil {
				return err
			}
			change := options.IgnoreIf(edits.AddRole(note), model.ErrRoleExists)
			return staging.Edit(command.Context(), a, options, model.KindRole, names, change)
		},
	}
	options.AddFlags(command)
	command.Flags().StringVar(&note, "note", "", "what the role is for, as a `text`")
	return command
}

func newRoleEdit(a *app.App) *cobra.Command {
	var options staging.Options
	var note string
	command := &cobra.Command{
		Use: "edit ROLE…", Short: "Stage another note of roles", Args: app.AtLeast(1, "the name of a role"),
		Example: app.TrimExample(`
  latchkey role edit support --note "answers customers"
  latchkey role edit support --note ""`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			if !command.Flags().Changed("note") {
				return app.WrongUsef("latchkey role edit needs --note")
			}
			names, err := app.CanonicalNames(args)
			if err := errors.Join(err, edits.CheckText("note", note)); err != nil {
				return err
			}
			return staging.Edit(command.Context(), a, options, model.KindRole, names, edits.Texts{Note: &note}.Set())
		},
	}
	options.AddFlags(command)
	command.Flags().StringVar(&note, "note", "", "what the role is for, as a `text`; empty: none")
	return command
}

func newRoleRemove(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "remove ROLE…", SuggestFor: []string{"delete", "del", "rm"}, Short: "Stage the removal of roles", Args: app.AtLeast(1, "the name of a role"),
		Long: "Stage the removal of roles. One that users have cannot be removed: unassign it first.",
		Example: app.TrimExample(`
  latchkey role remove support
  latchkey role remove support -y --ensure --save`),
		Annotations: app.EditExits(app.ExitUnconfirmed),
		RunE: func(command *cobra.Command, args []string) error {
			names, err := app.CanonicalNames(args)
			if err != nil {
				return err
			}
			options.Question = fmt.Sprintf("Remove the role %s with its rules?", ui.Enumerate(names))
			change := options.IgnoreIf(edits.Remove(), model.ErrNoRole)
			return staging.Edit(command.Context(), a, options, model.KindRole, names, change)
		},
	}
	options.AddFlags(command)
	return command
}

func newRoleAssign(a *app.App) *cobra.Command {
	return newAssignment(a, "assign", "Stage giving a role to users", edits.Assign)
}

func newRoleUnassign(a *app.App) *cobra.Command {
	return newAssignment(a, "unassign", "Stage taking a role from users", edits.Unassign, edits.ErrNotAssigned)
}

// newAssignment makes `assign` and `unassign`.
func newAssignment(a *app.App, verb, short string, change func(role string) model.Change, already ...error) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: verb + " ROLE NAME…", Short: short, Args: app.AtLeast(2, "the name of a role, and users"),
		Example: app.TrimExample(fmt.Sprintf(`
  latchkey role %[1]s support ann bob
  latchkey role %[1]s support ann --ensure --save`, verb)),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			names, err := app.CanonicalNames(args)
			if err != nil {
				return err
			}
			return staging.Edit(command.Context(), a, options, model.KindUser, names[1:], options.IgnoreIf(change(names[0]), already...))
		},
	}
	options.AddFlags(command)
	return command
}

func newRoleList(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "list", SuggestFor: []string{"ls"}, Short: "List the live roles", Args: app.NoArguments,
		Example: app.TrimExample(`
  latchkey role list
  latchkey role list --output name`),
		Annotations: app.ViewExits(),
		RunE:        func(command *cobra.Command, _ []string) error { return listRoles(command.Context(), a) },
	}
}

func listRoles(ctx context.Context, a *app.App) error {
	return view.Permitted(ctx, a, view.Roles, func(database *db.DB) error {
		roles, err := database.Objects(ctx, model.KindRole)
		if err != nil {
			return err
		}
		list := ui.List{Table: ui.Table{Columns: []string{"role", "rules", "users", "changed", "note"}, Flexible: "note"}}
		for _, role := range roles {
			users, err := database.RoleUsers(ctx, role)
			if err != nil {
				return err
			}
			list.Names = append(list.Names, role.Name)
			list.Values = append(list.Values, wire.RoleOf(role, users))
			list.Table.Rows = append(list.Table.Rows, []ui.Cell{{Text: role.Name, Style: ui.Strong},
				{Text: fmt.Sprint(len(role.Rules))}, {Text: fmt.Sprint(users.Count)}, {Time: role.ChangedAt},
				{Text: role.Note, Style: ui.Dim}})
		}
		return a.PrintList(list, "no roles yet: 'latchkey role add ROLE' stages one")
	})
}

func newRoleShow(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "show ROLE…", Short: "Show live roles, with their rules and users", Args: app.AtLeast(1, "the name of a role"),
		Long: "Show live roles, with their rules and how many users have them. The first 20 are named; 'latchkey user list --role ROLE' lists all.",
		Example: app.TrimExample(`
  latchkey role show support
  latchkey role show support --output json`),
		Annotations: app.ViewExits(app.ExitUnknown),
		RunE:        func(command *cobra.Command, args []string) error { return showRoles(command.Context(), a, args) },
	}
}

func showRoles(ctx context.Context, a *app.App, args []string) error {
	return view.Objects(ctx, a, model.KindRole, view.Roles, args, func(database *db.DB, roles []model.Object) error {
		objects := make([]ui.Object, 0, len(roles))
		for _, role := range roles {
			users, err := database.RoleUsers(ctx, role)
			if err != nil {
				return err
			}
			objects = append(objects, roleObject(role, users))
		}
		return a.PrintObjects(objects)
	})
}

func roleObject(role model.Object, users db.RoleUsers) ui.Object {
	object := ui.Object{Name: role.Name, Value: wire.RoleOf(role, users)}
	add := func(key string, cell ui.Cell) { object.Fields = append(object.Fields, ui.Field{Key: key, Value: cell}) }
	add("role", ui.Cell{Text: role.Name, Style: ui.Strong})
	if role.Note != "" {
		add("note", ui.Cell{Text: role.Note})
	}
	for _, rule := range role.Rules {
		add("rule", view.RuleCell(rule.String(), rule.Effect == perms.Deny))
	}
	add("users", ui.Cell{Text: fmt.Sprint(users.Count)})
	for _, user := range users.First {
		add("user", ui.Cell{Text: user})
	}
	add("created", ui.Cell{Time: role.CreatedAt})
	add("changed", ui.Cell{Time: role.ChangedAt})
	add("revision", ui.Cell{Text: fmt.Sprint(role.Revision)})
	return object
}
