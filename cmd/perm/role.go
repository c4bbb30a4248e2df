package perm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
	"latchkey/perms"
)

func newRole(a *app.App) *cobra.Command {
	return app.Noun("role", "Roles: named sets of rules that users can have", `
A role is a named set of rules. They count for every user who has the role, beside the user's own rules. Deny beats allow
wherever it comes from. Roles are staged and saved like users. save, diff and discard name them role:ROLE.`, `
  latchkey role add support
  latchkey role grant support orders:view customers:view
  latchkey role assign support ann bob`,
		newRoleAdd(a), newRoleEdit(a), newRoleList(a), newRoleShow(a), newRoleRename(a), newRoleRemove(a), newRuleSet(a, ofRoles, perms.Allow),
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
			if slices.ContainsFunc(args, func(arg string) bool { return strings.Contains(arg, ":") }) {
				return app.WrongUsef("no name has a colon in it: 'latchkey role grant ROLE PERM' gives a role a permission")
			}
			return staging.Edit(command.Context(), a, options, staging.ForEach(args, func(name string) panel.Operation {
				return panel.AddRole{Name: name, Note: note}
			})...)
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
			return staging.Edit(command.Context(), a, options, staging.ForEach(args, func(name string) panel.Operation {
				return panel.EditRole{Name: name, Note: &note}
			})...)
		},
	}
	options.AddFlags(command)
	command.Flags().StringVar(&note, "note", "", "what the role is for, as a `text`")
	app.MayBeEmpty(command, "none", "note")
	return command
}

func newRoleRename(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "rename ROLE NEW", SuggestFor: []string{"move"}, Short: "Stage another name of a role", Args: app.Exactly(2, "the name of a role and the new one"),
		Long: `Stage another name of a role. Its rules stay, and so do its users: the save changes the name in each of them too. Your draft
uses the new name at once. What others have staged of these users is a conflict then; 'latchkey rebase' rebases it.`,
		Example: app.TrimExample(`
  latchkey role rename support helpers
  latchkey role rename support helpers --save -m "as the team is called"`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return staging.Edit(command.Context(), a, options, panel.EditRole{Name: args[0], NewName: &args[1]})
		},
	}
	options.AddFlags(command)
	return command
}

func newRoleRemove(a *app.App) *cobra.Command {
	var options staging.Options
	var unassign bool
	command := &cobra.Command{
		Use: "remove ROLE…", SuggestFor: []string{"delete", "del", "rm"}, Short: "Stage the removal of roles", Args: app.AtLeast(1, "the name of a role"),
		Long: "Stage the removal of roles. One that users have cannot be removed, unless --unassign takes it from\n" +
			"them in the same edit.",
		Example: app.TrimExample(`
  latchkey role remove support
  latchkey role remove support --unassign
  latchkey role remove support -y --ensure --save`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			options.Question = fmt.Sprintf("Remove the role %s with its rules?", ui.Enumerate(args))
			if unassign {
				options.Question = fmt.Sprintf("Remove the role %s with its rules, and take it from all users?", ui.Enumerate(args))
			}
			err := staging.Edit(command.Context(), a, options, staging.ForEach(args, func(name string) panel.Operation {
				return panel.RemoveRole{Name: name, Unassign: unassign}
			})...)
			if len(args) > 1 {
				err = app.Instead(err, "to take a role from users", append([]string{"latchkey", "role", "unassign"}, args...)...)
			}
			return err
		},
	}
	options.AddFlags(command)
	command.Flags().BoolVar(&unassign, "unassign", false, "take the role from all users who have it, in the same edit")
	return command
}

func newRoleAssign(a *app.App) *cobra.Command {
	return newAssignment(a, "assign", "Stage giving a role to users",
		func(user, role string) panel.Operation { return panel.AssignRole{User: user, Role: role} })
}

func newRoleUnassign(a *app.App) *cobra.Command {
	return newAssignment(a, "unassign", "Stage taking a role from users",
		func(user, role string) panel.Operation { return panel.UnassignRole{User: user, Role: role} })
}

// newAssignment makes `assign` and `unassign`.
func newAssignment(a *app.App, verb, short string, operation func(user, role string) panel.Operation) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: verb + " ROLE NAME…", Short: short, Args: app.AtLeast(2, "the name of a role, and users"),
		Example: app.TrimExample(fmt.Sprintf(`
  latchkey role %[1]s support ann bob
  latchkey role %[1]s support ann --ensure --save`, verb)),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			err := staging.Edit(command.Context(), a, options, staging.ForEach(args[1:], func(user string) panel.Operation {
				return operation(user, args[0])
			})...)
			last := len(args) - 1
			return app.Instead(err, "the role comes first, then users",
				append([]string{"latchkey", "role", verb, args[last]}, args[:last]...)...)
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
	return a.Panel(ctx, false, func(p panel.Panel) error {
		roles, err := p.Roles(ctx, panel.Page{})
		if err != nil {
			return err
		}
		list := ui.List{Table: ui.Table{Columns: []string{"role", "rules", "users", "changed", "note"}, Flexible: []string{"note"}}}
		for _, role := range roles {
			list.Add(role.Name, role, []ui.Cell{{Text: role.Name, Style: ui.Strong},
				{Text: fmt.Sprint(len(role.Rules))}, {Text: fmt.Sprint(role.UserCount)}, {Time: view.TimeOf(role.ChangedAt)},
				{Text: role.Note, Style: ui.Dim}})
		}
		return a.PrintList(list, "no roles yet: 'latchkey role add ROLE' stages one")
	})
}

func newRoleShow(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "show ROLE…", Short: "Show live roles, with their rules and users", Args: app.AtLeast(1, "the name of a role"),
		Long: "Show live roles, with their rules and how many users have them. The first 20 users are named. 'latchkey user list --role ROLE' lists all.",
		Example: app.TrimExample(`
  latchkey role show support
  latchkey role show support --output json`),
		Annotations: app.ViewExits(app.ExitUnknown),
		RunE:        func(command *cobra.Command, args []string) error { return showRoles(command.Context(), a, args) },
	}
}

func showRoles(ctx context.Context, a *app.App, args []string) error {
	return view.Show(ctx, a, args, panel.Panel.RolesNamed, func(role panel.RoleView) (ui.Object, *panel.Staged) {
		return roleObject(role.Role), role.Draft
	})
}

func roleObject(role panel.Role) ui.Object {
	object := ui.Object{Name: role.Name, Value: role}
	add := func(key string, cell ui.Cell) { object.Fields = append(object.Fields, ui.Field{Key: key, Value: cell}) }
	add("role", ui.Cell{Text: role.Name, Style: ui.Strong})
	if role.Note != "" {
		add("note", ui.Cell{Text: role.Note})
	}
	for _, rule := range role.Rules {
		add("rule", view.Rule(panel.HeldRule{Rule: rule}))
	}
	add("users", ui.Cell{Text: fmt.Sprint(role.UserCount)})
	for _, user := range role.Users {
		add("user", ui.Cell{Text: user})
	}
	add("created", ui.Cell{Time: view.TimeOf(role.CreatedAt)})
	add("changed", ui.Cell{Time: view.TimeOf(role.ChangedAt)})
	add("revision", ui.Cell{Text: fmt.Sprint(role.Revision)})
	return object
}
