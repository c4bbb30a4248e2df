package cmd

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"latchkey/db"
	"latchkey/db/edits"
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
	names, patterns, err := namesAndPatterns(kind, args)
	if err != nil {
		return err
	}
	options.known, options.mustBeKnown = new(knownPermissions), patterns
	var end time.Time
	if until != "" {
		if end, err = perms.ParseUntil(until, a.Clock()); err != nil {
			return wrongUse(err)
		}
	}
	var warnings []string // told only once the edit is made: no lock is held while writing to a pipe
	err = a.edit(ctx, options, kind, names, edits.SetRules(effect, patterns, end, a.Clock(), appendTo(&warnings)))
	a.warnAll(err, warnings)
	return err
}

func appendTo(list *[]string) func(string) {
	return func(text string) { *list = append(*list, text) }
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
	names, patterns, err := namesAndPatterns(kind, args)
	if err != nil {
		return err
	}
	options.known = new(knownPermissions)
	var warnings []string // told only once the edit is made
	change := edits.RevokeRules(patterns, options.ensure, a.Clock(), appendTo(&warnings))
	err = a.edit(ctx, options, kind, names, options.known.orUnknown(change, patterns))
	a.warnAll(err, warnings)
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
