package perm

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/username"
)

// ruleHolder is what has rules: users (`perm grant`) and roles (`role grant`), by the same verbs.
type ruleHolder struct {
	kind     model.Kind
	noun     string // of the command
	argument string
	example  string
}

var (
	ofUsers = ruleHolder{model.KindUser, "perm", "NAME", "ci"}
	ofRoles = ruleHolder{model.KindRole, "role", "ROLE", "support"}
)

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
		Args: app.AtLeast(2, "a "+string(holder.kind)+" and a permission"),
		Long: fmt.Sprintf("Stage a rule that %s permissions. Arguments with a colon are permissions, the others %ss.", doing, holder.kind),
		Example: app.TrimExample(fmt.Sprintf(`
  latchkey %[1]s %[2]s %[3]s orders:view
  latchkey %[1]s %[2]s %[3]s 'products:*' --until 7d --save`, holder.noun, verb, holder.example)),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			if command.Flags().Changed("until") && until == "" {
				return app.WrongUsef("--until is empty: leave it out for a rule without an end")
			}
			return setRules(command.Context(), a, options, holder.kind, args, effect, until)
		},
	}
	options.AddFlags(command)
	command.Flags().StringVar(&until, "until", "", "end the rule at this `time`: 2026-12-31, 2026-12-31T18:00:00Z, or from now 90m, 24h, 7d")
	return command
}

func setRules(ctx context.Context, a *app.App, options staging.Options, kind model.Kind, args []string, effect perms.Effect, until string) error {
	names, patterns, err := namesAndPatterns(kind, args)
	if err != nil {
		return err
	}
	options.Known, options.MustBeKnown = new(staging.KnownPermissions), patterns
	var end time.Time
	if until != "" {
		if end, err = perms.ParseUntil(until, a.Clock()); err != nil {
			return app.WrongUse(err)
		}
	}
	var warnings []string // printed only once the edit is made: no lock is held while writing to a pipe
	err = staging.Edit(ctx, a, options, kind, names, edits.SetRules(effect, patterns, end, appendTo(&warnings)))
	warnAll(a, err, warnings)
	return err
}

func appendTo(list *[]string) func(string) {
	return func(text string) { *list = append(*list, text) }
}

func newRuleRevoke(a *app.App, holder ruleHolder) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "revoke " + holder.argument + "… PERM…", Short: "Stage the end of rules, allowing or denying",
		Args: app.AtLeast(2, "a "+string(holder.kind)+" and a permission"),
		Long: fmt.Sprintf("Stage the end of rules. The pattern must be the rule's own; 'latchkey %s show %s' lists them.", holder.noun, holder.argument),
		Example: app.TrimExample(fmt.Sprintf(`
  latchkey %[1]s revoke %[2]s orders:view
  latchkey %[1]s revoke %[2]s 'products:*' --ensure --save`, holder.noun, holder.example)),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return revokeRules(command.Context(), a, options, holder.kind, args)
		},
	}
	options.AddFlags(command)
	return command
}

func revokeRules(ctx context.Context, a *app.App, options staging.Options, kind model.Kind, args []string) error {
	names, patterns, err := namesAndPatterns(kind, args)
	if err != nil {
		return err
	}
	options.Known = new(staging.KnownPermissions)
	var warnings []string // printed only once the edit is made
	change := edits.RevokeRules(patterns, options.Ensure, appendTo(&warnings))
	err = staging.Edit(ctx, a, options, kind, names, options.Known.OrUnknown(change, patterns))
	warnAll(a, err, warnings)
	return err
}

// warnAll prints warnings about an edit that was made.
func warnAll(a *app.App, err error, warnings []string) {
	for _, warning := range warnings {
		if err == nil {
			a.Messages().Warn("%s", warning)
		}
	}
}

// namesAndPatterns divides users or roles from permissions by the colon, which no name has.
func namesAndPatterns(kind model.Kind, args []string) (names []string, patterns []perms.Pattern, err error) {
	for _, arg := range args {
		if !strings.Contains(arg, ":") {
			name, err := username.Canonical(arg)
			if err != nil {
				return nil, nil, err
			}
			names = append(names, name)
			continue
		}
		pattern, err := perms.ParsePattern(arg)
		if err != nil {
			return nil, nil, err
		}
		if !slices.Contains(patterns, pattern) {
			patterns = append(patterns, pattern)
		}
	}
	if len(names) == 0 || len(patterns) == 0 {
		return nil, nil, app.WrongUsef("at least one %s and one permission (like orders:view, orders:* or *:*) are needed", kind)
	}
	if err := perms.CheckMany(len(patterns)); err != nil {
		return nil, nil, app.WrongUse(err)
	}
	return names, patterns, nil
}
