package app

import (
	"slices"
	"strings"

	"latchkey/db/model"
	"latchkey/perms"
)

// canonicalNames brings usernames to their one form.
func CanonicalNames(args []string) ([]string, error) {
	names := make([]string, 0, len(args))
	for _, arg := range args {
		name, err := model.CanonicalName(arg)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// username is a flag value: a name in its one form.
type Username string

// String is the flag's value.
func (u *Username) String() string { return string(*u) }

// Type is the word for the value in help texts.
func (u *Username) Type() string { return "user" }

// Set reads the flag.
func (u *Username) Set(text string) error {
	name, err := model.CanonicalName(text)
	*u = Username(name)
	return err
}

// canonicalLabels brings the names of users, and role:NAME for roles, to their one form.
func CanonicalLabels(args []string) ([]string, error) {
	labels := make([]string, 0, len(args))
	for _, arg := range args {
		label, err := model.CanonicalLabel(arg)
		if err != nil {
			return nil, err
		}
		labels = append(labels, label)
	}
	return labels, nil
}

// namesAndPatterns tells users or roles from permissions by the colon, which no name has.
func NamesAndPatterns(kind model.Kind, args []string) (names []string, patterns []perms.Pattern, err error) {
	for _, arg := range args {
		if !strings.Contains(arg, ":") {
			name, err := model.CanonicalName(arg)
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
		return nil, nil, WrongUsef("at least one %s and one permission (like orders:view, orders:* or *:*) are needed", kind)
	}
	if err := perms.CheckMany(len(patterns)); err != nil {
		return nil, nil, WrongUse(err)
	}
	return names, patterns, nil
}
