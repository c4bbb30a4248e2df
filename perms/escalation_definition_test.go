package perms_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// definition is what Permit promises, said plainly: it asks Decide about every name there is, and one more, at every
// moment when a rule ends.
type definition struct {
	universe []perms.Permission
	moments  []time.Time
}

func define(known []perms.Permission, now time.Time, rules ...[]perms.Rule) definition {
	resources, actions := []string{"unheard_of"}, []string{"unheard_of"}
	d := definition{moments: []time.Time{now}}
	for _, permission := range known {
		resources, actions = append(resources, permission.Resource), append(actions, permission.Action)
	}
	for _, rule := range slices.Concat(rules...) {
		resources, actions = append(resources, rule.Pattern.Resource), append(actions, rule.Pattern.Action)
		if rule.Until.After(now) {
			d.moments = append(d.moments, rule.Until)
		}
	}
	for _, resource := range resources {
		for _, action := range actions {
			permission := perms.Permission{Resource: resource, Action: action}
			if resource != "*" && action != "*" && !slices.Contains(d.universe, permission) {
				d.universe = append(d.universe, permission)
			}
		}
	}
	return d
}

// everywhere reports whether a statement is true of every permission at every moment.
func (d definition) everywhere(statement func(perms.Permission, time.Time) bool) bool {
	for _, permission := range d.universe {
		for _, at := range d.moments {
			if !statement(permission, at) {
				return false
			}
		}
	}
	return true
}

func (d definition) permits(actor []perms.Rule, change perms.Change, now time.Time) bool {
	may := func(rules []perms.Rule, permission perms.Permission, at time.Time) bool {
		return perms.Decide(rules, permission, verifiedtime.Known(at)).Allowed
	}
	if d.everywhere(func(p perms.Permission, at time.Time) bool { return may(actor, p, at) }) {
		return true
	}
	rotation := change.Kind == "user" && change.Self && change.StaysOn && !change.Added && slices.Equal(change.Fields, []string{"access"}) &&
		may(actor, perms.RotateOwn, now)
	for _, field := range change.Fields {
		if needed, found := perms.FieldPermission(change.Kind, field); (!found || !may(actor, needed, now)) && !rotation {
			return false
		}
	}
	return d.everywhere(func(p perms.Permission, at time.Time) bool {
		if may(actor, p, at) {
			return true
		}
		before, after := change.Before, change.After
		gained := may(after, p, at) && !may(before, p, at)
		if change.Kind == "role" || !change.Removed { // a deny taken away counts even where nothing allows the permission
			elsewhere := perms.Rule{Effect: perms.Allow, Pattern: perms.Pattern(p)}
			before, after = append(slices.Clone(before), elsewhere), append(slices.Clone(after), elsewhere)
			gained = gained || may(after, p, at) && !may(before, p, at)
		}
		return !gained && !may(change.Before, p, at) && (change.Kind == "role" || !may(change.After, p, at))
	})
}

var definitionKnown = []perms.Permission{
	{Resource: "a", Action: "x"}, {Resource: "a", Action: "y"}, {Resource: "b", Action: "x"}, {Resource: "users", Action: "edit"},
}

// drawRules makes rules of few patterns with few ends, so that several of them meet.
func drawRules(t *rapid.T, label string) []perms.Rule {
	rule := rapid.Custom(func(t *rapid.T) perms.Rule {
		rule := perms.Rule{
			Effect: rapid.SampledFrom([]perms.Effect{perms.Allow, perms.Deny}).Draw(t, "effect"),
			Pattern: mustPattern(rapid.SampledFrom([]string{
				"a:x", "a:x", "a:*", "a:*", "*:x", "*:x", "*:*", "*:*", "a:y", "b:x", "b:*", "*:y", "c:z", "c:*", "*:z",
			}).Draw(t, "pattern")),
		}
		if hours := rapid.IntRange(-1, 4).Draw(t, "hours"); hours > 0 {
			rule.Until = decideNow.Add(time.Duration(hours-1) * time.Hour)
		}
		return rule
	})
	return rapid.SliceOfN(rule, 0, 4).Draw(t, label)
}

// drawTarget makes rules near the border of what the actor may grant: often the actor's own with some more and some less.
func drawTarget(t *rapid.T, label string, actor []perms.Rule) []perms.Rule {
	rules := drawRules(t, label)
	if rapid.Bool().Draw(t, "of the actor") {
		rules = append(rules, actor...)
	}
	return rules[:rapid.IntRange(0, len(rules)).Draw(t, "length")]
}

// In both directions: nothing is permitted that the definition refuses, and nothing is refused that it permits.
func TestPermitIsItsDefinition(t *testing.T) {
	t.Parallel()
	asked, permitted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 10 {
			actor := drawRules(t, "actor")
			change := perms.Change{
				Kind:   rapid.SampledFrom([]string{"user", "role"}).Draw(t, "kind"),
				Before: drawTarget(t, "before", actor),
				After:  drawTarget(t, "after", actor),
			}
			if rapid.Bool().Draw(t, "with a field") {
				change.Fields = []string{"note"}
				actor = append(actor, rulesOf("users:edit, roles:*")...)
			}
			if rapid.Bool().Draw(t, "one's own access") {
				change.Fields, change.Self, change.StaysOn = []string{"access"}, rapid.Bool().Draw(t, "self"), rapid.Bool().Draw(t, "stays on")
				if actor = append(actor, rulesOf(rapid.SampledFrom([]string{"", "tokens:rotate_own", "tokens:edit"}).Draw(t, "tokens"))...); change.Self {
					change.Before = actor
				}
			}
			asked++
			if checkDefinition(t, actor, change) {
				permitted++
			}
		}
	})
	t.Logf("%d of %d changes permitted", permitted, asked)
	if permitted < asked/10 || permitted > asked-asked/10 {
		t.Errorf("got %d of %d changes permitted: the test shows little", permitted, asked)
	}
}

func checkDefinition(t *rapid.T, actor []perms.Rule, change perms.Change) (permitted bool) {
	d := define(definitionKnown, decideNow, actor, change.Before, change.After)
	want := d.permits(actor, change, decideNow)
	err := perms.Permit(actor, change, definitionKnown, verifiedtime.Known(decideNow))
	if (err == nil) != want || err != nil && !errors.Is(err, perms.ErrRefused) {
		t.Fatalf("%v makes %+v: got %v, want permitted %v", actor, change, err, want)
	}
	everything := d.everywhere(func(p perms.Permission, at time.Time) bool {
		return perms.Decide(actor, p, verifiedtime.Known(at)).Allowed
	})
	if got := perms.Everything(actor, verifiedtime.Known(decideNow)); got != everything {
		t.Fatalf("Everything of %v: got %v, want %v", actor, got, everything)
	}
	return want
}
