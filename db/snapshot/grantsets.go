package snapshot

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"latchkey/db/model"
	"latchkey/perms"
)

// maxGrantSets bounds what is remembered to be shared. Where users have more different rules than that, later ones
// share theirs with fewer others.
const maxGrantSets = 1 << 16

// grantSets let users with the same rules and roles share them: among a million users there are seldom more than a few
// thousand kinds. It is safe for concurrent use.
type grantSets struct {
	mutex    sync.Mutex
	known    map[[2]string]*Grants // by the texts of rules and roles
	patterns map[string]perms.Pattern
}

func newGrantSets() *grantSets {
	return &grantSets{known: map[[2]string]*Grants{}, patterns: map[string]perms.Pattern{}}
}

// forget lets go of what is known: roles have other names, by which those of a user are in order.
func (g *grantSets) forget() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	clear(g.known)
}

// of reads the texts of rules and roles. Any error means that they are damaged.
func (g *grantSets) of(rules, roles string, named func(int64) (string, bool)) (*Grants, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if found := g.known[[2]string{rules, roles}]; found != nil {
		return found, nil
	}
	var read Grants
	var err error
	if read.Own, err = g.rules(rules); err != nil {
		return nil, err
	}
	if read.roles, err = readNumbers(roles); err != nil {
		return nil, err
	}
	slices.SortFunc(read.roles, func(a, b int64) int {
		first, _ := named(a)
		second, _ := named(b)
		return cmp.Compare(first, second)
	})
	if len(g.known) >= maxGrantSets {
		clear(g.known)
	}
	g.known[[2]string{strings.Clone(rules), strings.Clone(roles)}] = &read
	return &read, nil
}

// rules reads rules, a line each, and brings them into their order.
func (g *grantSets) rules(text string) ([]perms.Rule, error) {
	if text == "" {
		return nil, nil
	}
	lines := strings.Split(text, "\n")
	rules := make([]perms.Rule, len(lines))
	for i, line := range lines {
		parts := strings.Split(line, " ")
		if len(parts) != 3 {
			return nil, fmt.Errorf("%w: reading a rule", model.ErrDamaged)
		}
		var err error
		if rules[i].Pattern, err = g.pattern(parts[1]); err != nil {
			return nil, err
		}
		if err := rules[i].Effect.UnmarshalText([]byte(parts[0])); err != nil {
			return nil, fmt.Errorf("%w: reading a rule: %w", model.ErrDamaged, err)
		}
		if parts[2] != "" {
			until, err := strconv.ParseInt(parts[2], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("%w: reading a rule: %w", model.ErrDamaged, err)
			}
			rules[i].Until = time.UnixMilli(until).UTC()
		}
	}
	slices.SortFunc(rules, func(a, b perms.Rule) int { return strings.Compare(a.Pattern.String(), b.Pattern.String()) })
	return rules, nil
}

// pattern reads a pattern. The same ones share their texts.
func (g *grantSets) pattern(text string) (perms.Pattern, error) {
	if found, known := g.patterns[text]; known {
		return found, nil
	}
	text = strings.Clone(text)
	pattern, err := perms.ParsePattern(text)
	if err != nil {
		return pattern, fmt.Errorf("%w: reading a rule: %w", model.ErrDamaged, err)
	}
	if len(g.patterns) >= maxGrantSets {
		clear(g.patterns)
	}
	g.patterns[text] = pattern
	return pattern, nil
}

// readNumbers reads numbers with spaces between.
func readNumbers(text string) ([]int64, error) {
	if text == "" {
		return nil, nil
	}
	parts := strings.Split(text, " ")
	numbers := make([]int64, len(parts))
	for i, part := range parts {
		number, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: reading a role's number: %w", model.ErrDamaged, err)
		}
		numbers[i] = number
	}
	return numbers, nil
}
