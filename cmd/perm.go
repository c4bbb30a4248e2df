package cmd

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/perms"
)

func newPerm(a *App) *cobra.Command {
	return noun("perm", "Permissions: grant, deny, revoke", `
A rule allows or denies a permission, resource:action, such as orders:view. Patterns: orders:*, *:view, *:*.
Deny beats allow; no rule means no. A user has at most one rule for each pattern: a later one replaces it.`, `
  latchkey perm grant ci orders:view products:*
  latchkey perm deny ci products:delete_all`,
		newRuleSet(a, ofUsers, perms.Allow), newRuleSet(a, ofUsers, perms.Deny), newRuleRevoke(a, ofUsers), newPermShow(a), newPermList(a))
}

func newPermShow(a *App) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME…", Short: "Show users' live rules, their roles' too", Args: atLeast(1, "a username"),
		Example: trimExample(`
  latchkey perm show ci
  latchkey perm show ann bob --output json`),
		Annotations: viewExits(exitUnknown),
		RunE: func(command *cobra.Command, args []string) error {
			return a.showRules(command.Context(), args)
		},
	}
}

func (a *App) showRules(ctx context.Context, args []string) error {
	return a.withObjects(ctx, db.KindUser, viewUsers, args, func(database *db.DB, users []db.Object) error {
		list := ui.List{Table: ui.Table{Columns: []string{"name", "effect", "permission", "until", "through"}}}
		for i := range users {
			rules, err := database.Rules(ctx, &users[i])
			if err != nil {
				return err
			}
			for _, rule := range rules {
				list.Names = append(list.Names, rule.Pattern.String())
				list.Values = append(list.Values, wire.GrantedOf(users[i].Name, rule))
				list.Table.Rows = append(list.Table.Rows, []ui.Cell{{Text: users[i].Name, Style: ui.Strong},
					ruleCell(string(rule.Effect), rule.Effect == perms.Deny), {Text: rule.Pattern.String()}, {Time: rule.Until},
					{Text: rule.Source()}})
			}
		}
		return a.printList(list, "no rules: nothing is allowed")
	})
}

func newPermList(a *App) *cobra.Command {
	return &cobra.Command{
		Use: "list", SuggestFor: []string{"ls"}, Short: "List every permission and what it is for", Args: noArguments,
		Example: trimExample(`
  latchkey perm list
  latchkey perm list --output name | grep ^orders:`),
		Annotations: viewExits(),
		RunE:        func(command *cobra.Command, _ []string) error { return a.listPermissions(command.Context()) },
	}
}

func (a *App) listPermissions(ctx context.Context) error {
	catalogue, err := a.liveCatalogue(ctx)
	if err != nil {
		return err
	}
	list := ui.List{Table: ui.Table{Columns: []string{"permission", "for"}, Flexible: "for"}}
	uses := usesOfPermissions(catalogue)
	for _, permission := range catalogue.Permissions() {
		list.Names = append(list.Names, permission.String())
		list.Values = append(list.Values, permissionShape{permission.String(), uses[permission]})
		list.Table.Rows = append(list.Table.Rows, []ui.Cell{{Text: permission.String(), Style: ui.Strong},
			{Text: strings.Join(uses[permission], ", ")}})
	}
	return a.printList(list, "")
}

// usesOfPermissions lists the commands, then the requests, that each permission is for.
func usesOfPermissions(catalogue *perms.Catalogue) map[perms.Permission][]string {
	uses := map[perms.Permission][]string{}
	for _, own := range perms.Panel() {
		for _, command := range own.Commands {
			uses[own.Permission] = append(uses[own.Permission], "latchkey "+command)
		}
	}
	for _, resource := range catalogue.Resources() {
		for _, request := range resource.Requests {
			if !request.AnyUser {
				line := request.Method + " " + resource.RequestPath(request)
				uses[request.Permission] = append(uses[request.Permission], line)
			}
		}
	}
	return uses
}
