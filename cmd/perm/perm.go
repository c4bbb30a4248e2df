// Package perm is the commands about rules and about roles, which are rules with a name of their own.
package perm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// Commands are the commands of this package.
func Commands(a *app.App) []*cobra.Command { return []*cobra.Command{newPerm(a), newRole(a)} }

func newPerm(a *app.App) *cobra.Command {
	return app.Noun("perm", "Permissions: grant, deny, revoke", `
A rule allows or denies a permission, resource:action, such as orders:view. Patterns: orders:*, *:view, *:*.
Deny beats allow. No rule means no. A user has at most one rule for each pattern, and a later rule replaces it.`, `
  latchkey perm grant ci orders:view products:*
  latchkey perm deny ci products:delete_all`,
		newRuleSet(a, ofUsers, perms.Allow), newRuleSet(a, ofUsers, perms.Deny), newRuleRevoke(a, ofUsers), newPermShow(a), newPermList(a))
}

func newPermShow(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME…", Short: "Show users' live rules, their roles' too", Args: app.AtLeast(1, "a username"),
		Example: app.TrimExample(`
  latchkey perm show ci
  latchkey perm show ann bob --output json`),
		Annotations: app.ViewExits(app.ExitUnknown),
		RunE: func(command *cobra.Command, args []string) error {
			return showRules(command.Context(), a, args)
		},
	}
}

func showRules(ctx context.Context, a *app.App, args []string) error {
	return a.Panel(ctx, false, func(p panel.Panel) error {
		users, err := p.UsersNamed(ctx, args, panel.View{Draft: a.DraftName()})
		if err != nil {
			return err
		}
		list := ui.List{Table: ui.Table{Columns: []string{"name", "effect", "permission", "until", "through"}}}
		var staged []*panel.Staged
		for _, user := range users {
			staged = append(staged, user.Draft)
			for _, rule := range user.Granted {
				list.Add(rule.Permission, rule, []ui.Cell{{Text: user.Name, Style: ui.Strong},
					view.Coloured(string(rule.Effect), rule.Effect), {Text: rule.Permission}, {Time: view.TimeOf(rule.Until)}, {Text: through(rule)}})
			}
		}
		view.MentionStaged(a, staged...)
		return a.PrintList(list, "no rules: nothing is allowed")
	})
}

// through is how a user comes by a rule.
func through(rule panel.Granted) string {
	if rule.Role == "" {
		return ""
	}
	return "role " + rule.Role
}

func newPermList(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "list [RESOURCE]…", SuggestFor: []string{"ls"}, Short: "List every permission and what it is for",
		Long: "List every permission, or those that requests to a RESOURCE take, and what they are for.",
		Example: app.TrimExample(`
  latchkey perm list
  latchkey perm list orders
  latchkey perm list users roles --output name`),
		Args:        cobra.ArbitraryArgs,
		Annotations: app.ViewExits(app.ExitUnknown),
		RunE:        func(command *cobra.Command, args []string) error { return listPermissions(command.Context(), a, args) },
	}
}

// ErrNoResource: no permission is about a resource of the name.
var ErrNoResource = errorkind.UnknownName.New("no such resource")

// ofResources are the permissions that are about one of the resources, or that requests to one of them take.
func ofResources(catalogue *perms.Catalogue, names []string) ([]perms.Permission, error) {
	all := catalogue.Permissions()
	if len(names) == 0 {
		return all, nil
	}
	about := map[perms.Permission][]string{}
	var known []string
	for _, permission := range all {
		about[permission] = append(about[permission], permission.Resource)
		known = append(known, permission.Resource)
	}
	for _, resource := range catalogue.Resources() {
		for _, request := range resource.Requests {
			about[request.Permission] = append(about[request.Permission], resource.Name)
		}
		known = append(known, resource.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, errorkind.Suggest(fmt.Errorf("%w: %s", ErrNoResource, name), errorkind.Nearest(name, known))
		}
	}
	return slices.DeleteFunc(all, func(permission perms.Permission) bool {
		return !slices.ContainsFunc(about[permission], func(name string) bool { return slices.Contains(names, name) })
	}), nil
}

func listPermissions(ctx context.Context, a *app.App, resources []string) error {
	catalogue, err := view.Catalogue(ctx, a)
	if err != nil {
		return err
	}
	permissions, err := ofResources(catalogue, resources)
	if err != nil {
		return err
	}
	list := ui.List{Table: ui.Table{Columns: []string{"permission", "for"}, Flexible: []string{"for"}}}
	uses := usesOfPermissions(catalogue)
	for _, permission := range permissions {
		list.Add(permission.String(), PermissionShape{Permission: permission.String(), For: uses[permission]}, []ui.Cell{{Text: permission.String(), Style: ui.Strong},
			{Text: strings.Join(uses[permission], ", ")}})
	}
	if open := catalogue.OpenRequests(); len(open) > 0 {
		a.Messages().Info("open to anyone, without credentials and permission: %s", strings.Join(open, ", "))
	}
	return a.PrintList(list, "")
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

// PermissionShape is one permission of the catalogue: a contract, docs/json.md.
type PermissionShape struct {
	Permission string   `json:"permission"`
	For        []string `json:"for"` // requests, and commands of the control panel
}
