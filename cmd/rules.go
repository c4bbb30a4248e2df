package cmd

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/perms"
)

// ruleHolder is what has rules: users (`perm grant`) and roles (`role grant`), by the same verbs.
type ruleHolder struct {
	kind     db.Kind
	noun     string // of the command
	argument string
	example  string
}

var (
	ofUsers = ruleHolder{db.KindUser, "perm", "NAME", "ci"}
	ofRoles = ruleHolder{db.KindRole, "role", "ROLE", "support"}
)

// newRuleSet makes `grant` and `deny`, which differ in the effect alone.
func newRuleSet(a *App, holder ruleHolder, effect perms.Effect) *cobra.Command {
	var options editOptions
	var until string
	verb, doing, others := "grant", "allows", []string{"add", "allow", "set"}
	if effect == perms.Deny {
		verb, doing, others = "deny", "denies", []string{"forbid"}
	}
	command := &cobra.Command{
		Use: verb + " " + holder.argument + "… PERM…", SuggestFor: others, Short: "Stage a rule that " + doing + " permissions",
		Args: atLeast(2, "a "+string(holder.kind)+" and a permission"),
		Long: fmt.Sprintf("Stage a rule that %s permissions. Arguments with a colon are permissions, the others %ss.", doing, holder.kind),
		Example: trimExample(fmt.Sprintf(`
  latchkey %[1]s %[2]s %[3]s orders:view
  latchkey %[1]s %[2]s %[3]s 'products:*' --until 7d --save`, holder.noun, verb, holder.example)),
		Annotations: editExits(),
		RunE: func(command *cobra.Command, args []string) error {
			if command.Flags().Changed("until") && until == "" {
				return wrongUsef("--until is empty: leave it out for a rule without an end")
			}
			return a.setRules(command.Context(), options, holder.kind, args, effect, until)
		},
	}
	options.addFlags(command)
	command.Flags().StringVar(&until, "until", "", "end the rule at this `time`: 2026-12-31, 2026-12-31T18:00:00Z, or from now 90m, 24h, 7d")
	return command
}

func (a *App) setRules(ctx context.Context, options editOptions, kind db.Kind, args []string, effect perms.Effect, until string) error {
	names, patterns, err := a.namesAndPatterns(kind, args)
	if err != nil {
		return err
	}
	var end time.Time
	if until != "" {
		if end, err = perms.ParseUntil(until, a.Clock()); err != nil {
			return wrongUse(err)
		}
	}
	var denied []string // told only once the edit is made: no lock is held while writing to a pipe
	err = a.edit(ctx, options, kind, names, db.Existing(func(subject *db.Subject) error {
		for _, pattern := range patterns {
			rules := subject.Next.Rules.With(perms.Rule{Effect: effect, Pattern: pattern, Until: end})
			if !slices.Equal(rules, subject.Next.Rules) {
				subject.Next.Rules = rules
				denied = append(denied, a.stillDenied(subject, effect, pattern)...)
			}
		}
		return nil
	}))
	a.warnAll(err, denied)
	return err
}

// stillDenied says when a granted permission stays denied by another rule, of the user's own or of a role.
func (a *App) stillDenied(subject *db.Subject, effect perms.Effect, pattern perms.Pattern) []string {
	rule := a.deciding(subject, pattern)
	if effect != perms.Allow || rule == nil || rule.Effect == perms.Allow {
		return nil
	}
	return []string{fmt.Sprintf("%s still may not %s: %s", subject.Next.Name, pattern, wire.RuleInWords(*rule))}
}

// deciding is the rule that decides a permission, of the object's own or of a role; nil for none and for a pattern.
func (a *App) deciding(subject *db.Subject, pattern perms.Pattern) *perms.Rule {
	permission, exact := pattern.Exact()
	if !exact {
		return nil
	}
	return perms.Decide(slices.Concat(subject.Next.Rules, subject.Through), permission, a.Clock()).Rule
}

func newRuleRevoke(a *App, holder ruleHolder) *cobra.Command {
	var options editOptions
	command := &cobra.Command{
		Use: "revoke " + holder.argument + "… PERM…", Short: "Stage the end of rules, allowing or denying",
		Args: atLeast(2, "a "+string(holder.kind)+" and a permission"),
		Long: fmt.Sprintf("Stage the end of rules. The pattern must be the rule's own; 'latchkey %s show %s' lists them.", holder.noun, holder.argument),
		Example: trimExample(fmt.Sprintf(`
  latchkey %[1]s revoke %[2]s orders:view
  latchkey %[1]s revoke %[2]s 'products:*' --ensure --save`, holder.noun, holder.example)),
		Annotations: editExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return a.revokeRules(command.Context(), options, holder.kind, args)
		},
	}
	options.addFlags(command)
	return command
}

func (a *App) revokeRules(ctx context.Context, options editOptions, kind db.Kind, args []string) error {
	names, patterns, err := a.namesAndPatterns(kind, args)
	if err != nil {
		return err
	}
	var granted []string // told only once the edit is made
	err = a.edit(ctx, options, kind, names, db.Existing(func(subject *db.Subject) error {
		for _, pattern := range patterns {
			_, found := subject.Next.Rules.Get(pattern)
			if !found && !options.ensure {
				return a.noRule(subject, pattern)
			}
			subject.Next.Rules = subject.Next.Rules.Without(pattern)
			if rule := a.deciding(subject, pattern); found && rule != nil && rule.Effect == perms.Allow {
				granted = append(granted, fmt.Sprintf("%s still may %s: %s", subject.Next.Name, pattern, wire.RuleInWords(*rule)))
			}
		}
		return nil
	}))
	a.warnAll(err, granted)
	return err
}

// warnAll tells warnings about an edit that was made.
func (a *App) warnAll(err error, warnings []string) {
	for _, warning := range warnings {
		if err == nil {
			a.story().Warn("%s", warning)
		}
	}
}

// noRule says that a rule is not there, and which one still grants what it would have.
func (a *App) noRule(subject *db.Subject, pattern perms.Pattern) error {
	err := fmt.Errorf("%w: %s has none for %s", errNoRule, subject.Next.Name, pattern)
	if rule := a.deciding(subject, pattern); rule != nil {
		return fmt.Errorf("%w; what decides is the rule '%s'", err, wire.RuleInWords(*rule))
	}
	return err
}
