package db

import (
	"errors"
	"fmt"
	"strings"

	"latchkey/perms"
	"latchkey/tokens"
)

// errRevival: a record says that there was a token, which nothing brings back.
var errRevival = errors.New("a token is never revived")

// accessOff is what a record says of a user without API access.
var accessOff = accessInWords(tokens.Access{})

// restore sets a field to what a record says of it; "" is not set. [ErrDamaged] where that is no field or no value of
// one, errRevival where it is access by a token.
func (o *Object) restore(field, value string) error {
	if o.Kind == KindResource {
		return o.restoreOfResource(field, value)
	}
	role, isRole := strings.CutPrefix(field, rolePrefix)
	pattern, isRule := strings.CutPrefix(field, rulePrefix)
	switch {
	case isRole && value == "":
		o.Unassign(role)
	case isRole:
		o.Assign(role)
	case isRule:
		return o.restoreRule(pattern, value)
	case field == fieldName:
		o.Name = value
	case field == fieldEmail:
		o.Email = value
	case field == fieldNote:
		o.Note = value
	case field == fieldAccess && value != accessOff:
		return errRevival
	case field == fieldAccess:
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

func (o *Object) restoreRule(pattern, value string) error {
	if value == "" {
		parsed, err := perms.ParsePattern(pattern)
		if err != nil {
			return fmt.Errorf("%w: reading a recorded rule: %w", ErrDamaged, err)
		}
		o.Rules = o.Rules.Without(parsed)
		return nil
	}
	rule, err := recordedRule(pattern, value)
	if err == nil {
		o.Rules = o.Rules.With(rule)
	}
	return err
}
