package perms_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// behind is a time that is not known: the clock shows less than what is proved to have passed.
func behind(clock, proved time.Time) verifiedtime.Time {
	return verifiedtime.Verify(clock, verifiedtime.Proof{SavedAt: proved})
}

// TestClockBehindGivesNothing: whatever is allowed while the time is not known is allowed at every moment that it may be, and
// whatever may be edited then may be edited at the earliest of them.
func TestClockBehindGivesNothing(t *testing.T) {
	t.Parallel()
	allowed, permitted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		actor := drawRules(t, "actor")
		now := behind(decideNow.Add(-time.Hour), decideNow)
		for _, p := range definitionKnown {
			decision := perms.Decide(actor, p, now)
			if at := perms.ChangesAt(actor, p, now); !at.IsZero() {
				t.Fatalf("%v: the answer changes at %v, and nobody knows when that is", actor, at)
			}
			if !decision.Allowed {
				continue
			}
			allowed++
			for hours := range 6 {
				if at := decideNow.Add(time.Duration(hours) * time.Hour); !perms.Decide(actor, p, verifiedtime.Known(at)).Allowed {
					t.Fatalf("%v: %v is allowed with the clock behind, and not at %v", actor, p, at)
				}
			}
		}
		change := perms.Change{Kind: "user", Before: drawTarget(t, "before", actor), After: drawTarget(t, "after", actor)}
		if perms.Permit(actor, change, definitionKnown, now) != nil {
			return
		}
		permitted++
		if err := perms.Permit(actor, change, definitionKnown, verifiedtime.Known(decideNow)); err != nil {
			t.Fatalf("%v makes %+v: permitted with the clock behind, and else %v", actor, change, err)
		}
	})
	if allowed == 0 || permitted == 0 {
		t.Errorf("got %d allowed and %d permitted: the test shows nothing", allowed, permitted)
	}
}

// TestRulesWhileTheClockIsBehind: what ends has ended, and what denies has not.
func TestRulesWhileTheClockIsBehind(t *testing.T) {
	t.Parallel()
	asked := perms.Permission{Resource: "orders", Action: "view"}
	passed, toCome := decideNow.Add(-time.Minute), decideNow.Add(time.Hour)
	for name, test := range map[string]struct {
		rules []perms.Rule
		want  bool
	}{
		"without an end":                 {[]perms.Rule{allowRule("orders:view", time.Time{})}, true},
		"with an end to come":            {[]perms.Rule{allowRule("orders:view", toCome)}, false},
		"with an end that has passed":    {[]perms.Rule{allowRule("orders:view", passed)}, false},
		"a deny whose end is to come":    {[]perms.Rule{allowRule("orders:*", time.Time{}), denyRule("orders:view", toCome)}, false},
		"a deny whose end has passed":    {[]perms.Rule{allowRule("orders:*", time.Time{}), denyRule("orders:view", passed)}, false},
		"a damaged effect with an end":   {[]perms.Rule{allowRule("orders:*", time.Time{}), {Effect: "alow", Pattern: mustPattern("orders:view"), Until: passed}}, false},
		"everything, nothing denied now": {[]perms.Rule{allowRule("*:*", time.Time{}), denyRule("brands:*", passed)}, true},
	} {
		now := behind(decideNow.Add(-time.Hour), decideNow)
		if got := perms.Decide(test.rules, asked, now).Allowed; got != test.want {
			t.Errorf("%s: got %t, want %t", name, got, test.want)
		}
		if perms.Everything(test.rules, now) {
			t.Errorf("%s: may do everything", name)
		}
	}
	if got := perms.Explain([]perms.Rule{allowRule("orders:view", toCome)}, asked, behind(passed.Add(-time.Hour), decideNow)); len(got.NearMisses) != 1 || got.NearMisses[0].Miss != perms.Ended {
		t.Errorf("got %+v, want a rule that has ended as the near miss", got)
	}
}
