package app

import (
	"latchkey/db/model"
	"latchkey/perms/username"
)

// CanonicalNames brings usernames to their one form.
func CanonicalNames(args []string) ([]string, error) {
	names := make([]string, 0, len(args))
	for _, arg := range args {
		name, err := username.Canonical(arg)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// CanonicalLabels brings the names of users, and role:NAME for roles, to their one form.
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
