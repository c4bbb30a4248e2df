package cmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
	"latchkey/db"
	"latchkey/perms"
)

func newPerm(a *App) *cobra.Command {
	return noun("perm", "Permissions: grant, deny, revoke", `
A rule allows or denies a permission, resource:action, such as orders:view. Patterns: orders:*, *:view, *:*.
Deny beats allow; no rule means no. A user has at most one rule for each pattern: a later one replaces it.`, `
  latchkey perm grant ci orders:view products:*
  latchkey perm deny ci products:delete_all`,
		newPermSet(a, perms.Allow), newPermSet(a, perms.Deny), newPermRevoke(a), newPermShow(a), newPermList(a))
}

// newPermSet makes `grant` and `deny`, which differ in the effect alone.
func newPermSet(a *App, effect perms.Effect) *cobra.Command {
	var options editOptions
	var until string
	verb, doing := "grant", "allows"
	if effect == perms.Deny {
		verb, doing = "deny", "denies"
	}
	command := &cobra.Command{
		Use: verb + " NAME… PERM…", Short: "Stage a rule that " + doing + " permissions",
		Args: atLeast(2, "users and permissions"),
		Long: "Stage a rule that " + doing + " permissions. Arguments with a colon are permissions, the others users.",
		Example: trimExample(`
  latchkey perm ` + verb + ` ci orders:view
  latchkey perm ` + verb + ` ann bob 'products:*' --until 7d --save`),
		Annotations: exitList(exitUnknown, exitConflict, exitBusy, exitUnknownResult),
		RunE: func(command *cobra.Command, args []string) error {
			return a.setRules(command.Context(), options, args, effect, until)
		},
	}
	options.addFlags(command)
	command.Flags().StringVar(&until, "until", "", "end the rule at this `time`: 2026-12-31, 2026-12-31T18:00:00Z, or from now 90m, 24h, 7d")
	return command
}

func (a *App) setRules(ctx context.Context, options editOptions, args []string, effect perms.Effect, until string) error {
	names, patterns, err := a.namesAndPatterns(args)
	if err != nil {
		return err
	}
	var end time.Time
	if until != "" {
		if end, err = perms.ParseUntil(until, a.Clock()); err != nil {
			return wrongUse(err)
		}
	}
	return a.edit(ctx, options, names, existing(func(subject *db.Subject) error {
		for _, pattern := range patterns {
			subject.Next.Rules = subject.Next.Rules.With(perms.Rule{Effect: effect, Pattern: pattern, Until: end})
			a.warnDenied(subject.Next, effect, pattern)
		}
		return nil
	}))
}

// warnDenied says when a granted permission stays denied by another rule.
func (a *App) warnDenied(user *db.User, effect perms.Effect, pattern perms.Pattern) {
	permission, exact := pattern.Exact()
	if effect != perms.Allow || !exact {
		return
	}
	if decision := perms.Decide(user.Rules, permission, a.Clock()); !decision.Allowed && decision.Rule != nil {
		a.story().Warn("%s still may not %s: %s", user.Name, permission, decision.Rule)
	}
}

func newPermRevoke(a *App) *cobra.Command {
	var options editOptions
	command := &cobra.Command{
		Use: "revoke NAME… PERM…", Short: "Stage the end of rules, allowing or denying",
		Args: atLeast(2, "users and permissions"),
		Long: "Stage the end of rules. The pattern must be the rule's own; 'latchkey perm show NAME' lists them.",
		Example: trimExample(`
  latchkey perm revoke ci orders:view
  latchkey perm revoke ann bob 'products:*' --ensure --save`),
		Annotations: exitList(exitUnknown, exitState, exitConflict, exitBusy, exitUnknownResult),
		RunE: func(command *cobra.Command, args []string) error {
			return a.revokeRules(command.Context(), options, args)
		},
	}
	options.addFlags(command)
	return command
}

func (a *App) revokeRules(ctx context.Context, options editOptions, args []string) error {
	names, patterns, err := a.namesAndPatterns(args)
	if err != nil {
		return err
	}
	return a.edit(ctx, options, names, existing(func(subject *db.Subject) error {
		for _, pattern := range patterns {
			if _, found := subject.Next.Rules.Get(pattern); !found && !options.ensure {
				return a.noRule(subject.Next, pattern)
			}
			subject.Next.Rules = subject.Next.Rules.Without(pattern)
		}
		return nil
	}))
}

// noRule says that a rule is not there, and which one still grants what it would have.
func (a *App) noRule(user *db.User, pattern perms.Pattern) error {
	err := fmt.Errorf("%w: %s has none for %s", errNoRule, user.Name, pattern)
	permission, exact := pattern.Exact()
	if !exact {
		return err
	}
	if decision := perms.Decide(user.Rules, permission, a.Clock()); decision.Rule != nil {
		return fmt.Errorf("%w; what decides is the rule '%s'", err, decision.Rule)
	}
	return err
}

func newPermShow(a *App) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME…", Short: "Show users' live rules", Args: atLeast(1, "a username"),
		Example: trimExample(`
  latchkey perm show ci
  latchkey perm show ann bob --output json`),
		Annotations: exitList(exitUnknown, exitBusy, exitDamaged),
		RunE: func(command *cobra.Command, args []string) error {
			return a.withUsers(command.Context(), args, a.printRules)
		},
	}
}

func (a *App) printRules(users []db.User) error {
	list := ui.List{Table: ui.Table{Columns: []string{"name", "effect", "permission", "until"}}}
	for _, user := range users {
		for _, rule := range user.Rules {
			list.Names = append(list.Names, rule.Pattern.String())
			list.Values = append(list.Values, grantedShape{user.Name, shapeOfRule(rule)})
			list.Table.Rows = append(list.Table.Rows, []ui.Cell{{Text: user.Name, Style: ui.Strong},
				ruleCell(string(rule.Effect), rule.Effect == perms.Deny), {Text: rule.Pattern.String()}, {Time: rule.Until}})
		}
	}
	return a.printList(list, "no rules: nothing is allowed")
}

func newPermList(a *App) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List every permission and the requests it is for", Args: noArguments,
		Example: trimExample(`
  latchkey perm list
  latchkey perm list --output name | grep ^orders:`),
		Annotations: exitList(),
		RunE:        func(*cobra.Command, []string) error { return a.listPermissions() },
	}
}

func (a *App) listPermissions() error {
	list := ui.List{Table: ui.Table{Columns: []string{"permission", "requests"}}}
	requests := a.requestsByPermission()
	for _, permission := range a.catalogue().Permissions() {
		list.Names = append(list.Names, permission.String())
		list.Values = append(list.Values, permissionShape{permission.String(), requests[permission]})
		list.Table.Rows = append(list.Table.Rows, []ui.Cell{{Text: permission.String(), Style: ui.Strong},
			{Text: strings.Join(requests[permission], ", ")}})
	}
	return a.printList(list, "")
}

func (a *App) requestsByPermission() map[perms.Permission][]string {
	requests := map[perms.Permission][]string{}
	for _, resource := range a.catalogue().Resources() {
		for _, request := range resource.Requests {
			if !request.AnyUser {
				line := request.Method + " " + resource.RequestPath(request)
				requests[request.Permission] = append(requests[request.Permission], line)
			}
		}
	}
	return requests
}
