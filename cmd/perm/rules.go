package perm

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/panel"
	"latchkey/perms"
)

// ruleHolder is what has rules: users (`perm grant`) and roles (`role grant`), by the same verbs.
type ruleHolder struct {
	role     bool
	kind     string // in words
	noun     string // of the command
	argument string
	example  string
}

var (
	ofUsers = ruleHolder{false, "user", "perm", "NAME", "ci"}
	ofRoles = ruleHolder{true, "role", "role", "ROLE", "support"}
)

// other is the other kind of holder.
func (h ruleHolder) other() ruleHolder {
	if h.role {
		return ofUsers
	}
	return ofRoles
}

// suggest adds the command for this kind of holder to the error of a holder that is not there.
func (h ruleHolder) suggest(err error, verb string, args []string) error {
	return app.Instead(err, "for a "+h.kind, append([]string{"latchkey", h.noun, verb}, args...)...)
}

// newRuleSet makes `grant` and `deny`, which differ in the effect alone.
func newRuleSet(a *app.App, holder ruleHolder, effect perms.Effect) *cobra.Command {
	var options staging.Options
	var until string
	verb, doing, others := "grant", "allows", []string{"add", "allow", "set"}
	if effect == perms.Deny {
		verb, doing, others = "deny", "denies", []string{"forbid"}
	}
	command := &cobra.Command{
		Use: verb + " " + holder.argument + "… PERM…", SuggestFor: others, Short: "Stage a rule that " + doing + " permissions",
		Args: app.AtLeast(2, "a "+holder.kind+" and a permission"),
		Long: fmt.Sprintf("Stage a rule that %s permissions. Arguments with a colon are permissions, the others %ss.", doing, holder.kind),
		Example: app.TrimExample(fmt.Sprintf(`
  latchkey %[1]s %[2]s %[3]s orders:view
  latchkey %[1]s %[2]s %[3]s 'products:*' --until 7d --save`, holder.noun, verb, holder.example)),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			err := setRules(command.Context(), a, options, holder, args, effect, until)
			return holder.other().suggest(err, verb, args)
		},
	}
	options.AddFlags(command)
	command.Flags().StringVar(&until, "until", "", "end the rule at this `time`: 2026-12-31 (the end of that day, local time), 2026-12-31T18:00:00Z, or from now 90m, 24h, 7d")
	return command
}

func setRules(ctx context.Context, a *app.App, options staging.Options, holder ruleHolder, args []string, effect perms.Effect, until string) error {
	names, patterns, err := holder.namesAndPatterns(args)
	if err != nil {
		return err
	}
	rules := panel.SetRules{Effect: effect, Patterns: patterns}
	if rules.Until, err = a.Until("until", until); err != nil {
		return err
	}
	return staging.Edit(ctx, a, options, staging.ForEach(names, func(name string) panel.Operation {
		rules.Holder = panel.Holder{Name: name, Role: holder.role}
		return rules
	})...)
}

func newRuleRevoke(a *app.App, holder ruleHolder) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "revoke " + holder.argument + "… PERM…", Short: "Stage the end of rules, allowing or denying",
		Args: app.AtLeast(2, "a "+holder.kind+" and a permission"),
		Long: fmt.Sprintf("Stage the end of rules. The pattern must be the rule's own; 'latchkey %s show %s' lists them.", holder.noun, holder.argument),
		Example: app.TrimExample(fmt.Sprintf(`
  latchkey %[1]s revoke %[2]s orders:view
  latchkey %[1]s revoke %[2]s 'products:*' --ensure --save`, holder.noun, holder.example)),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return holder.other().suggest(revokeRules(command.Context(), a, options, holder, args), "revoke", args)
		},
	}
	options.AddFlags(command)
	return command
}

func revokeRules(ctx context.Context, a *app.App, options staging.Options, holder ruleHolder, args []string) error {
	names, patterns, err := holder.namesAndPatterns(args)
	if err != nil {
		return err
	}
	return staging.Edit(ctx, a, options, staging.ForEach(names, func(name string) panel.Operation {
		return panel.RevokeRules{Holder: panel.Holder{Name: name, Role: holder.role}, Patterns: patterns}
	})...)
}

// namesAndPatterns divides users or roles from permissions by the colon, which no name has.
func (h ruleHolder) namesAndPatterns(args []string) (names []string, patterns []perms.Pattern, err error) {
	var permissions []string
	for _, arg := range args {
		if !strings.Contains(arg, ":") {
			names = append(names, arg)
			continue
		}
		permissions = append(permissions, arg)
	}
	if patterns, err = perms.ParsePatterns(permissions); err != nil {
		return nil, nil, err
	}
	if len(names) == 0 || len(patterns) == 0 {
		return nil, nil, app.WithHint(app.WrongUsef("at least one %s and one permission (like orders:view, orders:* or *:*) are needed", h.kind),
			"'latchkey perm list RESOURCE' lists the permissions")
	}
	return names, patterns, nil
}
