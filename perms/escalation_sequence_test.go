package perms_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// drawStanding draws the pattern of one of some rules.
func drawStanding(t *rapid.T, rules perms.Rules) perms.Pattern {
	if len(rules) == 0 {
		return mustPattern("a:x")
	}
	return rapid.SampledFrom(rules).Draw(t, "standing").Pattern
}

// editUser draws one edit of a user; the world it makes, and the change.
func editUser(t *rapid.T, w world) (world, perms.Change) {
	name, role := rapid.SampledFrom(userNames).Draw(t, "user"), rapid.SampledFrom(roleNames).Draw(t, "role")
	next := w.clone()
	user, exists := next.users[name]
	change := perms.Change{Kind: "user", Name: name, Added: !exists, Before: w.rulesFor(name)}
	user.taken = user.taken || !exists // whoever adds a user has its token
	for range rapid.IntRange(1, 3).Draw(t, "fields") {
		rule, standing := drawSequenceRule(t), drawStanding(t, user.rules)
		field := "rule " + rule.Pattern.String()
		_, roleExists := w.roles[role]
		switch rapid.SampledFrom([]string{"set", "revoke", "assign", "unassign", "access"}).Draw(t, "edit") {
		case "set":
			user.rules = user.rules.With(rule)
		case "revoke":
			field = "rule " + standing.String()
			user.rules = user.rules.Without(standing)
		case "assign":
			field = "role " + role
			if roleExists && !slices.Contains(user.roles, role) {
				user.roles = append(slices.Clone(user.roles), role)
			}
		case "unassign":
			field = "role " + role
			user.roles = slices.DeleteFunc(slices.Clone(user.roles), func(r string) bool { return r == role })
		case "access":
			field, user.taken = "access", true
		}
		change.Fields = append(change.Fields, field)
	}
	next.users[name] = user
	change.After = next.rulesFor(name)
	return next, change
}

// editAccess makes another token for a user, or ends access, and does nothing else.
func editAccess(t *rapid.T, w world) (world, perms.Change) {
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(w.users))).Draw(t, "user")
	next := w.clone()
	user := next.users[name]
	user.taken = true
	next.users[name] = user
	return next, perms.Change{Kind: "user", Name: name, Fields: []string{"access"}, Before: w.rulesFor(name), After: w.rulesFor(name)}
}

// renameUser gives a user a name that is free, or that of one who was removed.
func renameUser(t *rapid.T, w world) (world, perms.Change) {
	name, other := rapid.SampledFrom(slices.Sorted(maps.Keys(w.users))).Draw(t, "user"), rapid.SampledFrom(userNames).Draw(t, "new name")
	next := w.clone()
	if _, taken := next.users[other]; !taken {
		next.users[other] = next.users[name]
		delete(next.users, name)
	}
	return next, perms.Change{Kind: "user", Name: name, Fields: []string{"name"}, Before: w.rulesFor(name), After: w.rulesFor(name)}
}

func removeUser(t *rapid.T, w world) (world, perms.Change) {
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(w.users))).Draw(t, "user")
	next := w.clone()
	delete(next.users, name)
	return next, perms.Change{Kind: "user", Name: name, Removed: true, Before: w.rulesFor(name)}
}

// editRole draws one edit of a role: adding and removing included, the latter only of one that nobody has.
func editRole(t *rapid.T, w world) (world, perms.Change) {
	name, rule := rapid.SampledFrom(roleNames).Draw(t, "role"), drawSequenceRule(t)
	next := w.clone()
	rules, exists := next.roles[name]
	standing := drawStanding(t, rules)
	change := perms.Change{Kind: "role", Name: name, Added: !exists, Before: rules, Fields: []string{"rule " + rule.Pattern.String()}}
	inUse := slices.ContainsFunc(slices.Collect(maps.Values(w.users)), func(user account) bool { return slices.Contains(user.roles, name) })
	switch edit := rapid.SampledFrom([]string{"set", "revoke", "remove"}).Draw(t, "edit"); {
	case edit == "remove" && exists && !inUse:
		delete(next.roles, name)
		change.Removed = true
		return next, change
	case edit == "set":
		rules = rules.With(rule)
	default:
		rules = rules.Without(standing)
		change.Fields = []string{"rule " + standing.String()}
	}
	next.roles[name] = rules
	change.After = rules
	return next, change
}

// Whatever users whom somebody can act as do to users and roles while time passes, and whomever they take over by that:
// nobody ends up with a permission, at any moment, that neither they themselves nor one of those users held for that
// moment at the start; and they can act as nobody who holds more than they themselves did. And nobody without a permission that
// gives identities gives anybody a name.
func TestNoSequenceOfPermittedEditsGivesMoreThanItsActorsHeld(t *testing.T) {
	t.Parallel()
	edits, permitted, takeovers, rotated, named := 0, 0, 0, 0, 0
	tokensEdit := perms.Permission{Resource: "tokens", Action: "edit"}
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		union := held{}
		for name, user := range w.users {
			user.own = w.holdings(name, held{})
			if w.users[name] = user; user.taken {
				w.holdings(name, union)
			}
		}
		for range rapid.IntRange(50, 150).Draw(t, "steps") {
			if rapid.IntRange(0, 50).Draw(t, "pass time") == 0 {
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "minutes")) * time.Minute)
			}
			if len(w.taken()) == 0 {
				return
			}
			actor := rapid.SampledFrom(w.taken()).Draw(t, "actor")
			edit := rapid.SampledFrom([]func(*rapid.T, world) (world, perms.Change){editUser, editUser, editUser, editRole, editRole, editAccess, renameUser, removeUser}).Draw(t, "kind")
			next, change := edit(t, w)
			change.Self, change.StaysOn = change.Name == actor && change.Kind == "user", rapid.Bool().Draw(t, "stays on")
			edits++
			if perms.Permit(w.rulesFor(actor), change, sequenceKnown, verifiedtime.Known(w.now)) != nil {
				continue
			}
			permitted++
			if change.Kind == "user" && slices.Equal(change.Fields, []string{"access"}) && !perms.Decide(w.rulesFor(actor), tokensEdit, verifiedtime.Known(w.now)).Allowed {
				rotated++
				if change.Name != actor || !change.StaysOn {
					t.Fatalf("%s, without tokens:edit, made %+v", actor, change)
				}
			}
			if len(newNames(w, next)) > 0 {
				named++
				if !mayName(w.rulesFor(actor), w.now) {
					t.Fatalf("%s, who has %v, made %+v", actor, w.rulesFor(actor), change)
				}
			}
			takeovers += max(0, len(next.taken())-len(w.taken()))
			w = next
			checkHoldings(t, w, union, fmt.Sprintf("%s made %+v", actor, change))
		}
	})
	t.Logf("%d edits, %d permitted, %d of them of one's own token alone, %d gave a name", edits, permitted, rotated, named)
	if permitted < edits/100 || takeovers == 0 || rotated == 0 || named == 0 {
		t.Errorf("got %d of %d edits permitted: the test shows nothing", permitted, edits)
	}
}

// newNames are those that a step has given.
func newNames(before, after world) (names []string) {
	for name := range after.users {
		if _, known := before.users[name]; !known {
			names = append(names, name)
		}
	}
	return names
}

// mayName tells whether rules allow anything that gives identities.
func mayName(rules []perms.Rule, now time.Time) bool {
	return slices.ContainsFunc(panelOnly(), func(permission perms.Permission) bool {
		return perms.GivesIdentity(permission) && perms.Decide(rules, permission, verifiedtime.Known(now)).Allowed
	})
}

func checkHoldings(t *rapid.T, w world, union held, deed string) {
	for name, user := range w.users {
		for what := range w.holdings(name, held{}) {
			if !union[what] && (user.taken || !user.own[what]) {
				t.Fatalf("%s: %s, who has %v, holds %s", deed, name, w.rulesFor(name), what)
			}
		}
	}
}
