package perms

import (
	"fmt"

	"latchkey/perms/errorkind"
)

// MaxRules is how many rules one user or one role may have of its own, and how many permissions one edit may name.
// MaxRoles is how many roles one user may have. More of them, saved by a release without these limits, count as before.
const (
	MaxRules = 256
	MaxRoles = 32
)

// Limits of texts, in bytes. No text with more characters is taken.
const (
	MaxText       = 1000          // of a note, an address, a message and the name of a draft
	MaxName       = maxNameLength // of a resource
	MaxPermission = 2*maxNameLength + 1
	MaxTitle      = maxTitle
	MaxHost       = maxHost
	MaxPath       = maxPath // of a resource, an alias and a prefix to strip
	MaxURL        = maxURL
)

// MaxAliases and MaxPassed are how many aliases and fields to let through a resource may have.
const (
	MaxAliases = maxAliases
	MaxPassed  = maxPassed
)

var (
	// ErrTooMany: there would be more rules or roles than [MaxRules] and [MaxRoles].
	ErrTooMany = errorkind.State.New("too many")
	// ErrTooManyNamed: one edit names more permissions than [MaxRules].
	ErrTooManyNamed = errorkind.Invalid.New("too many permissions")
)

const fewerRules = "a pattern such as orders:* or *:view says the same as many"

// CheckRules returns [ErrTooMany] for a user or a role that gets more rules of its own than it may have.
func CheckRules(before, after int) error {
	if after > max(before, MaxRules) {
		return fmt.Errorf("%w rules: it would have %d, and %d is the most: %s, and roles have rules of their own", ErrTooMany, after, MaxRules, fewerRules)
	}
	return nil
}

// CheckRoles returns [ErrTooMany] for a user who gets more roles than a user may have.
func CheckRoles(before, after int) error {
	if after > max(before, MaxRoles) {
		return fmt.Errorf("%w roles: it would have %d, and %d is the most: put their rules together in fewer roles", ErrTooMany, after, MaxRoles)
	}
	return nil
}

// CheckMany returns [ErrTooManyNamed] for an edit that names so many permissions.
func CheckMany(permissions int) error {
	if permissions > MaxRules {
		return fmt.Errorf("%w: %d, and %d is the most in one edit: %s", ErrTooManyNamed, permissions, MaxRules, fewerRules)
	}
	return nil
}
