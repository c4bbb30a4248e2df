package perms_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// account is a user in the world of the property test. Whoever runs the sequence can act as the taken ones.
type account struct {
	rules perms.Rules
	roles []string
	taken bool
	own   held // what it held at the start; nil of a later one
}

// world is what a sequence of edits changes.
type world struct {
	users map[string]account
	roles map[string]perms.Rules
	now   time.Time
}

func (w world) clone() world {
	w.users, w.roles = maps.Clone(w.users), maps.Clone(w.roles)
	return w
}

// rulesFor are all rules that count for a user; none for a user who is not there.
func (w world) rulesFor(name string) []perms.Rule {
	rules := slices.Clone([]perms.Rule(w.users[name].rules))
	for _, role := range w.users[name].roles {
		for _, rule := range w.roles[role] {
			rule.Role = role
			rules = append(rules, rule)
		}
	}
	return rules
}

func (w world) taken() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(w.users)) {
		if w.users[name].taken {
			names = append(names, name)
		}
	}
	return names
}

// held is who may do what and when: the claim is about these.
type held map[string]bool

// hours are those at which holdings are looked at; by the last of them every rule that ends has ended.
const hours = 6

// The universe of the sequences: two resources that exist and one that does not, each with actions that exist and not, and
// the panel's permissions, which can be granted like any other. Rules end on the hour, in the first four hours.
var (
	sequenceStart = decideNow
	sequenceKnown = slices.Concat(definitionKnown[:3], panelOnly())
	sequenceAsked = sequenceUniverse()
)

func panelOnly() []perms.Permission {
	var permissions []perms.Permission
	for _, row := range perms.Panel() {
		permissions = append(permissions, row.Permission)
	}
	return permissions
}

func sequenceUniverse() []perms.Permission {
	universe := panelOnly()
	for _, resource := range []string{"a", "b", "unheard_of", "users"} {
		for _, action := range []string{"x", "y", "unheard_of"} {
			universe = append(universe, perms.Permission{Resource: resource, Action: action})
		}
	}
	return universe
}

// holdings lists what a user holds from now on, hour by hour.
func (w world) holdings(name string, into held) held {
	rules := w.rulesFor(name)
	for hour := range hours {
		at := sequenceStart.Add(time.Duration(hour) * time.Hour)
		for _, permission := range sequenceAsked {
			if !at.Before(w.now) && perms.Decide(rules, permission, verifiedtime.Known(at)).Allowed {
				into[fmt.Sprint(permission, " at ", hour)] = true
			}
		}
	}
	return into
}

func drawSequenceRule(t *rapid.T) perms.Rule {
	rule := perms.Rule{
		Effect: rapid.SampledFrom([]perms.Effect{perms.Allow, perms.Deny}).Draw(t, "effect"),
		Pattern: mustPattern(rapid.SampledFrom([]string{
			"a:x", "a:y", "a:*", "b:x", "b:*", "*:x", "*:y", "*:*", "a:unheard_of", "users:*", "tokens:edit", "tokens:rotate_own", "permissions:edit", "roles:*",
		}).Draw(t, "pattern")),
	}
	if hours := rapid.IntRange(0, 4).Draw(t, "hours"); hours > 0 {
		rule.Until = sequenceStart.Add(time.Duration(hours) * time.Hour)
	}
	return rule
}

var (
	userNames = []string{"ann", "bob", "cleo", "dan", "eve"}
	roleNames = []string{"clerk", "limited", "manager"}
)

// drawWorld makes users with rules and roles, the first of them taken. None may do everything: who does is outside the
// claim.
func drawWorld(t *rapid.T) world {
	w := world{users: map[string]account{}, roles: map[string]perms.Rules{}, now: sequenceStart}
	rules := func() (rules perms.Rules) {
		for range rapid.IntRange(0, 4).Draw(t, "rules") {
			rules = rules.With(drawSequenceRule(t))
		}
		return rules
	}
	for _, role := range roleNames[:2] {
		w.roles[role] = rules()
	}
	for i, name := range userNames[:4] {
		user := account{rules: rules(), taken: i < 2}
		if user.taken { // an editor at first, as far as its other rules and its roles let it
			access := rapid.SampledFrom([]string{"tokens:edit", "tokens:rotate_own"}).Draw(t, "access")
			names := rapid.SampledFrom([]string{"users:*", "users:edit, users:delete", "users:edit, users:rename", "users:create, users:delete"}).Draw(t, "names")
			for _, rule := range rulesOf(names + ", permissions:edit, roles:*, " + access) {
				user.rules = user.rules.With(rule)
			}
			if rapid.IntRange(0, 3).Draw(t, "nearly everything") == 0 {
				user.rules = user.rules.With(rapid.SampledFrom(rulesOf("*:*, *:* 3h")).Draw(t, "everything"))
			}
		}
		for _, role := range roleNames[:2] {
			if rapid.Bool().Draw(t, "has role") {
				user.roles = append(user.roles, role)
			}
		}
		w.users[name] = user
		if len(w.holdings(name, held{})) == hours*len(sequenceAsked) {
			w.users[name] = account{taken: user.taken}
		}
	}
	return w
}
