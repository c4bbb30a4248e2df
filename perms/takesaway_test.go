package perms_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

func TestOnlyTakesAway(t *testing.T) {
	t.Parallel()
	rules := rulesOf
	tests := map[string]struct {
		change perms.Change
		want   bool
	}{
		"disable":                          {perms.Change{Kind: "user", Fields: []string{"access"}, AccessEnds: true}, true},
		"regenerate":                       {perms.Change{Kind: "user", Fields: []string{"access"}, StaysOn: true}, false},
		"disable and note":                 {perms.Change{Kind: "user", Fields: []string{"access", "note"}, AccessEnds: true}, false},
		"rename":                           {perms.Change{Kind: "user", Fields: []string{"name"}}, false},
		"add":                              {perms.Change{Kind: "user", Added: true}, false},
		"remove a user with a deny":        {perms.Change{Kind: "user", Removed: true, Before: rules("-*:*")}, true},
		"remove a role":                    {perms.Change{Kind: "role", Removed: true, Before: rules("orders:*")}, true},
		"remove a resource":                {perms.Change{Kind: "resource", Removed: true}, true},
		"remove a resource of a host":      {perms.Change{Kind: "resource", Removed: true, OfHost: true}, false},
		"remove a resource among services": {perms.Change{Kind: "resource", Removed: true, Service: true}, false},
		"retitle a resource":               {perms.Change{Kind: "resource", Fields: []string{"title"}}, false},
		"revoke":                           {perms.Change{Kind: "user", Fields: []string{"rule orders:*"}, Before: rules("orders:*, brands:view"), After: rules("brands:view")}, true},
		"deny":                             {perms.Change{Kind: "role", Fields: []string{"rule orders:*"}, After: rules("-orders:*")}, true},
		"deny for a time":                  {perms.Change{Kind: "user", Fields: []string{"rule orders:*"}, Before: rules("orders:*"), After: rules("-orders:* 1h")}, true},
		"narrow":                           {perms.Change{Kind: "user", Fields: []string{"rule orders:*", "rule orders:view"}, Before: rules("orders:*"), After: rules("orders:view")}, true},
		"end sooner":                       {perms.Change{Kind: "user", Fields: []string{"rule orders:*"}, Before: rules("orders:*"), After: rules("orders:* 1h")}, true},
		"end later":                        {perms.Change{Kind: "user", Fields: []string{"rule orders:*"}, Before: rules("orders:* 1h"), After: rules("orders:*")}, false},
		"revoke a deny":                    {perms.Change{Kind: "user", Fields: []string{"rule orders:*"}, Before: rules("-orders:*")}, false},
		"deny for a shorter time":          {perms.Change{Kind: "user", Fields: []string{"rule orders:*"}, Before: rules("-orders:*"), After: rules("-orders:* 1h")}, false},
		"take a role":                      {perms.Change{Kind: "user", Fields: []string{"role clerk"}, Before: rules("orders:*")}, true},
		"take a role that denies":          {perms.Change{Kind: "user", Fields: []string{"role clerk"}, Before: rules("orders:*, -orders:delete"), After: rules("orders:*")}, false},
		"give an end that has passed":      {perms.Change{Kind: "user", Fields: []string{"rule orders:*"}, After: rules("orders:* 1h")}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.change.OnlyTakesAway(); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

// TestOnlyTakesAwayIsItsDefinition looks at every permission at every hour.
func TestOnlyTakesAwayIsItsDefinition(t *testing.T) {
	t.Parallel()
	takes := 0
	rapid.Check(t, func(t *rapid.T) {
		before := drawRules(t, "before")
		after := drawTarget(t, "after", before)
		d := define(definitionKnown, decideNow.Add(-time.Hour), before, after)
		want := d.everywhere(func(p perms.Permission, at time.Time) bool {
			elsewhere := perms.Rule{Effect: perms.Allow, Pattern: perms.Pattern(p)} // a deny may be relied on by whoever grants later
			for _, more := range [][]perms.Rule{nil, {elsewhere}} {
				now := verifiedtime.Known(at)
				if perms.Decide(slices.Concat(after, more), p, now).Allowed && !perms.Decide(slices.Concat(before, more), p, now).Allowed {
					return false
				}
			}
			return true
		})
		got := perms.Change{Kind: "user", Fields: []string{"rule a:x"}, Before: before, After: after}.OnlyTakesAway()
		if got != want {
			t.Fatalf("from %v to %v: got %t, want %t", before, after, got, want)
		}
		if got {
			takes++
		}
	})
	t.Logf("%d changes only take away", takes)
}
