package cmd

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

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
				denied = append(denied, a.stillDenied(subject.Next, effect, pattern)...)
			}
		}
		return nil
	}))
	for _, reason := range denied {
		if err == nil {
			a.story().Warn("%s", reason)
		}
	}
	return err
}

// stillDenied says when a granted permission stays denied by another rule.
func (a *App) stillDenied(object *db.Object, effect perms.Effect, pattern perms.Pattern) []string {
	permission, exact := pattern.Exact()
	if effect != perms.Allow || !exact {
		return nil
	}
	decision := perms.Decide(object.Rules, permission, a.Clock())
	if decision.Allowed || decision.Rule == nil {
		return nil
	}
	return []string{fmt.Sprintf("%s still may not %s: %s", object.Name, permission, decision.Rule)}
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
	return a.edit(ctx, options, kind, names, db.Existing(func(subject *db.Subject) error {
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
func (a *App) noRule(object *db.Object, pattern perms.Pattern) error {
	err := fmt.Errorf("%w: %s has none for %s", errNoRule, object.Name, pattern)
	permission, exact := pattern.Exact()
	if !exact {
		return err
	}
	if decision := perms.Decide(object.Rules, permission, a.Clock()); decision.Rule != nil {
		return fmt.Errorf("%w; what decides is the rule '%s'", err, decision.Rule)
	}
	return err
}
