package edits

import (
	"fmt"
	"slices"
	"time"

	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

var (
	// ErrNoPermission: nothing needs the permission.
	ErrNoPermission = errorkind.UnknownName.New("no such permission")
	// ErrNotServed: it is a permission of a resource that latchkey brings along, and that is not served here.
	ErrNotServed = errorkind.UnknownName.New("its resource is not served")
	// ErrNoRule: there is no rule of exactly the pattern.
	ErrNoRule = errorkind.Absent.New("no such rule")
)

// Known returns [ErrNoPermission] for a permission that nothing in the catalogue needs: with the nearest ones, or with
// [ErrNotServed].
func Known(catalogue *perms.Catalogue, permission perms.Permission) error {
	if catalogue.Known(permission) {
		return nil
	}
	if _, served := catalogue.Resource(permission.Resource); !served && perms.Store().Known(permission) {
		return fmt.Errorf("%w: %s: %w", ErrNoPermission, permission, ErrNotServed)
	}
	near := catalogue.Nearest(permission)
	words := make([]string, len(near))
	for i, other := range near {
		words[i] = other.String()
	}
	return errorkind.Suggest(fmt.Errorf("%w: %s", ErrNoPermission, permission), words)
}

// SetRules gives users or roles a rule for each pattern, in place of the one they had for it. It warns where a permission
// stays denied at the moment, by another rule.
func SetRules(effect perms.Effect, patterns []perms.Pattern, until time.Time) model.Change {
	return model.Existing(func(target *model.Target) error {
		before := target.Next.Rules
		rules := make([]perms.Rule, len(patterns))
		for i, pattern := range patterns {
			rules[i] = perms.Rule{Effect: effect, Pattern: pattern, Until: until}
		}
		target.Next.Rules = before.With(rules...)
		for _, pattern := range patterns {
			was, _ := before.Get(pattern)
			if is, _ := target.Next.Rules.Get(pattern); is == was {
				continue
			}
			if rule := deciding(target, pattern); effect == perms.Allow && rule != nil && rule.Effect != perms.Allow {
				target.WarnOfState("%s still may not %s: %s", target.Next.Name, pattern, InWords(*rule))
			}
		}
		return nil
	})
}

// RevokeRules ends the rules of users or roles for exactly these patterns. It warns where a permission stays allowed at the
// moment, by another rule. Error of the change, unless it may be so already: [ErrNoRule].
func RevokeRules(patterns []perms.Pattern, maybeSo bool) model.Change {
	return model.Existing(func(target *model.Target) error {
		for _, pattern := range patterns {
			_, found := target.Next.Rules.Get(pattern)
			if !found && !maybeSo {
				return noRule(target, pattern)
			}
			target.Next.Rules = target.Next.Rules.Without(pattern)
			if rule := deciding(target, pattern); found && rule != nil && rule.Effect == perms.Allow {
				target.WarnOfState("%s still may %s: %s", target.Next.Name, pattern, InWords(*rule))
			}
		}
		return nil
	})
}

// deciding is the rule that decides a permission, of the object's own or of a role; nil for none and for a pattern.
func deciding(target *model.Target, pattern perms.Pattern) *perms.Rule {
	permission, exact := pattern.Exact()
	if !exact {
		return nil
	}
	return perms.Decide(slices.Concat(target.Next.Rules, target.RoleRules), permission, target.Now).Rule
}

// noRule says that a rule is not there, and which one decides in its place.
func noRule(target *model.Target, pattern perms.Pattern) error {
	err := fmt.Errorf("%w: %s has none for %s", ErrNoRule, target.Next.Name, pattern)
	if rule := deciding(target, pattern); rule != nil {
		return fmt.Errorf("%w; what decides is the rule '%s'", err, InWords(*rule))
	}
	return err
}

// InWords is a rule and the role through which it counts.
func InWords(rule perms.Rule) string {
	if rule.Role == "" {
		return rule.String()
	}
	return rule.String() + " (role " + rule.Role + ")"
}
