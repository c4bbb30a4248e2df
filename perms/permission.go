package perms

import (
	"fmt"
	"slices"
	"strings"

	"latchkey/perms/errorkind"
)

// ErrMalformed is the error of a text that is no permission, no pattern, no effect or no time.
var ErrMalformed = errorkind.Invalid.New("malformed")

const (
	wildcard      = "*"
	maxNameLength = 64 // bytes, of either part
)

// Permission is what a request needs: the right to one action on one resource, such as orders:view. It is exact; a
// part that is empty or "*" is never held by anybody. The zero value is no permission.
type Permission struct {
	Resource string
	Action   string
}

// ParsePermission reads "resource:action". Each part is a letter a-z, then a-z, 0-9 and _, up to 64 bytes. Anything
// else is [ErrMalformed].
func ParsePermission(text string) (Permission, error) {
	resource, action, found := strings.Cut(text, ":")
	if !found || !isName(resource) || !isName(action) {
		return Permission{}, fmt.Errorf("%w permission %.80q: write resource:action, such as orders:view", ErrMalformed, text)
	}
	return Permission{Resource: resource, Action: action}, nil
}

// String is the form that [ParsePermission] reads.
func (p Permission) String() string { return p.Resource + ":" + p.Action }

// MarshalText is String, and [ErrMalformed] for what ParsePermission would not read back, the zero value included.
func (p Permission) MarshalText() ([]byte, error) {
	_, err := ParsePermission(p.String())
	return []byte(p.String()), err
}

// UnmarshalText is [ParsePermission].
func (p *Permission) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePermission(string(text))
	return err
}

// Pattern names permissions in a rule: one (orders:view), every action on a resource (orders:*), an action on every
// resource (*:view), or all (*:*). The zero value names none.
type Pattern struct {
	Resource string
	Action   string
}

// ParsePattern reads "resource:action" where either part may be "*", as a whole only. Anything else is [ErrMalformed].
func ParsePattern(text string) (Pattern, error) {
	resource, action, found := strings.Cut(text, ":")
	if !found || !isPart(resource) || !isPart(action) {
		return Pattern{}, fmt.Errorf("%w permission %.80q: write resource:action, such as orders:view, orders:*, *:view or *:*",
			ErrMalformed, text)
	}
	return Pattern{Resource: resource, Action: action}, nil
}

// ParsePatterns reads the patterns of one edit; one that is given twice counts once. [ErrMalformed], [ErrTooManyNamed].
func ParsePatterns(texts []string) (patterns []Pattern, err error) {
	for _, text := range texts {
		pattern, err := ParsePattern(text)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(patterns, pattern) {
			patterns = append(patterns, pattern)
		}
	}
	return patterns, CheckMany(len(patterns))
}

// String is the form that [ParsePattern] reads.
func (p Pattern) String() string { return p.Resource + ":" + p.Action }

// Matches reports whether the pattern names the permission.
func (p Pattern) Matches(permission Permission) bool {
	return matchesPart(p.Resource, permission.Resource) && matchesPart(p.Action, permission.Action)
}

// Exact gives the one permission that the pattern names, and false for a pattern with "*".
func (p Pattern) Exact() (Permission, bool) {
	if p.Resource == wildcard || p.Action == wildcard {
		return Permission{}, false
	}
	return Permission(p), true
}

// MarshalText is String, and [ErrMalformed] for what ParsePattern would not read back, the zero value included.
func (p Pattern) MarshalText() ([]byte, error) {
	_, err := ParsePattern(p.String())
	return []byte(p.String()), err
}

// UnmarshalText is [ParsePattern].
func (p *Pattern) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePattern(string(text))
	return err
}

// specificity orders patterns from *:* (0) over *:action and resource:* to exact (3).
func (p Pattern) specificity() int {
	rank := 0
	if p.Resource != wildcard {
		rank += 2
	}
	if p.Action != wildcard {
		rank++
	}
	return rank
}

// matchesPart refuses a permission part that is no name: *:* must not match a request whose permission was forgotten.
func matchesPart(pattern, name string) bool {
	return name != "" && name != wildcard && (pattern == name || pattern == wildcard)
}

func isPart(text string) bool { return text == wildcard || isName(text) }

func isName(text string) bool {
	if text == "" || len(text) > maxNameLength || text[0] < 'a' || text[0] > 'z' {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}
