package model

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/perms"
	"latchkey/tokens"
)

// ErrRevival: a record says that there was a token, which nothing brings back or resumes.
var ErrRevival = errors.New("a token is never revived")

// AccessOff is what a record says of a user without API access.
var AccessOff = AccessInWords(tokens.Access{})

// SetField sets a field to what a record says of it; "" is not set. [ErrDamaged] where that is no field or no value of
// one, errRevival where it is access by a token.
func (o *Object) SetField(field, value string) error {
	switch o.Kind {
	case KindResource:
		return o.setOfResource(field, value)
	case KindSetting:
		return o.setOfSettings(field, value)
	case KindUser, KindRole:
	}
	role, isRole := strings.CutPrefix(field, RolePrefix)
	pattern, isRule := strings.CutPrefix(field, RulePrefix)
	switch {
	case isRole && value == "":
		o.Unassign(role)
	case isRole:
		o.Assign(role)
	case isRule:
		return o.setRule(pattern, value)
	case field == FieldName:
		o.Name = value
	case field == fieldEmail:
		o.Email = value
	case field == fieldNote:
		o.Note = value
	case field == FieldAccess && value != AccessOff, field == FieldSuspended && value == "" && o.Access.Suspended:
		return ErrRevival
	case field == FieldSuspended:
		o.Access.Suspended = value != "" && o.Access.Enabled()
	case field == FieldAccess:
		return o.disable()
	default:
		return fmt.Errorf("%w: no object has a field %q", ErrDamaged, field)
	}
	return nil
}

func (o *Object) disable() (err error) {
	if o.Access.Enabled() {
		o.Access, err = tokens.Disable(o.Access)
	}
	return err
}

func (o *Object) setRule(pattern, value string) error {
	if value == "" {
		parsed, err := perms.ParsePattern(pattern)
		if err != nil {
			return fmt.Errorf("%w: reading a recorded rule: %w", ErrDamaged, err)
		}
		o.Rules = o.Rules.Without(parsed)
		return nil
	}
	rule, err := RecordedRule(pattern, value)
	if err == nil {
		o.Rules = o.Rules.With(rule)
	}
	return err
}

// RecordedRule reads a rule as it stands in a record: "allow", or "deny until 2026-12-31T00:00:00Z".
func RecordedRule(pattern, value string) (rule perms.Rule, err error) {
	effect, until, ends := strings.Cut(value, " until ")
	effectErr := rule.Effect.UnmarshalText([]byte(effect))
	patternErr := rule.Pattern.UnmarshalText([]byte(pattern))
	var untilErr error
	if ends {
		rule.Until, untilErr = time.Parse(time.RFC3339, until)
	}
	if err := errors.Join(effectErr, patternErr, untilErr); err != nil {
		return perms.Rule{}, fmt.Errorf("%w: reading a recorded rule: %w", ErrDamaged, err)
	}
	return rule, nil
}
