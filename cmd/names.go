package cmd

import (
	"fmt"
	"strings"

	"latchkey/db"
	"latchkey/perms"
)

// canonicalNames brings usernames to their one form.
func canonicalNames(args []string) ([]string, error) {
	names := make([]string, 0, len(args))
	for _, arg := range args {
		name, err := db.CanonicalName(arg)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// namesAndPatterns tells users from permissions by the colon, which no username has.
func (a *App) namesAndPatterns(args []string) (names []string, patterns []perms.Pattern, err error) {
	for _, arg := range args {
		if !strings.Contains(arg, ":") {
			name, err := db.CanonicalName(arg)
			if err != nil {
				return nil, nil, err
			}
			names = append(names, name)
			continue
		}
		pattern, err := a.pattern(arg)
		if err != nil {
			return nil, nil, err
		}
		patterns = append(patterns, pattern)
	}
	if len(names) == 0 || len(patterns) == 0 {
		return nil, nil, wrongUsef("at least one user and one permission (like orders:view) are needed")
	}
	return names, patterns, nil
}

// pattern reads a permission pattern. One without a star must be a permission that some resource has.
func (a *App) pattern(text string) (perms.Pattern, error) {
	pattern, err := perms.ParsePattern(text)
	if err != nil {
		return perms.Pattern{}, err
	}
	if permission, exact := pattern.Exact(); exact {
		if err := a.known(permission); err != nil {
			return perms.Pattern{}, err
		}
	}
	return pattern, nil
}

// known refuses a permission that no resource has, and names the nearest.
func (a *App) known(permission perms.Permission) error {
	if a.catalogue().Known(permission) {
		return nil
	}
	near := a.catalogue().Nearest(permission)
	if len(near) == 0 {
		return fmt.Errorf("%w: %s", errNoPermission, permission)
	}
	words := make([]string, len(near))
	for i, other := range near {
		words[i] = other.String()
	}
	return fmt.Errorf("%w: %s: did you mean %s?", errNoPermission, permission, strings.Join(words, " or "))
}
