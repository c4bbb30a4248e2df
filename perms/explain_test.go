package perms_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

func allowRule(pattern string, until time.Time) perms.Rule {
	return perms.Rule{Effect: perms.Allow, Pattern: mustPattern(pattern), Until: until}
}

func denyRule(pattern string, until time.Time) perms.Rule {
	return perms.Rule{Effect: perms.Deny, Pattern: mustPattern(pattern), Until: until}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	soon, later, past := decideNow.Add(time.Hour), decideNow.Add(2*time.Hour), decideNow.Add(-time.Hour)
	never := time.Time{}
	for name, test := range map[string]struct {
		rules     []perms.Rule
		allowed   bool
		changesAt time.Time
		overruled []perms.Rule
		near      []perms.NearMiss
	}{
		"no rules": {},
		"allowed for good": {
			rules: []perms.Rule{allowRule("orders:*", never), allowRule("brands:view", never)}, allowed: true},
		"allowed until the later end": {
			rules: []perms.Rule{allowRule("orders:view", soon), allowRule("*:view", later)}, allowed: true, changesAt: later},
		"the specific allow ends, the general one goes on": {
			rules: []perms.Rule{allowRule("orders:view", soon), allowRule("*:*", never)}, allowed: true},
		"deny beats allow": {
			rules:     []perms.Rule{allowRule("orders:view", never), denyRule("*:view", never), allowRule("brands:view", never)},
			overruled: []perms.Rule{allowRule("orders:view", never)}},
		"deny ends first": {
			rules:     []perms.Rule{allowRule("orders:view", later), denyRule("*:view", soon)},
			overruled: []perms.Rule{allowRule("orders:view", later)}, changesAt: soon},
		"deny and allow end together": {
			rules:     []perms.Rule{allowRule("orders:view", soon), denyRule("*:view", soon)},
			overruled: []perms.Rule{allowRule("orders:view", soon)}},
		"deny alone": {
			rules: []perms.Rule{denyRule("*:view", soon)}},
		"ended deny": {
			rules: []perms.Rule{denyRule("*:view", past), allowRule("orders:view", never)}, allowed: true},
		"near misses, nearest kind first": {
			rules: []perms.Rule{allowRule("brands:view", never), allowRule("orders:edit", never), allowRule("*:edit", never),
				allowRule("orders:view", past), denyRule("orders:edit", never), allowRule("brands:edit", never)},
			near: []perms.NearMiss{{Rule: allowRule("orders:view", past), Miss: perms.Ended},
				{Rule: allowRule("orders:edit", never), Miss: perms.OtherAction},
				{Rule: allowRule("*:edit", never), Miss: perms.OtherAction},
				{Rule: allowRule("brands:view", never), Miss: perms.OtherResource}}},
		"a rule that misses twice": {
			rules: []perms.Rule{allowRule("orders:edit", past), allowRule("brands:*", decideNow)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := perms.Explain(test.rules, asked, verifiedtime.Known(decideNow))
			if got.Allowed != test.allowed || !got.ChangesAt.Equal(test.changesAt) {
				t.Errorf("got %v until %v, want %v until %v", got.Allowed, got.ChangesAt, test.allowed, test.changesAt)
			}
			if !slices.Equal(got.Overruled, test.overruled) {
				t.Errorf("overruled: got %v, want %v", got.Overruled, test.overruled)
			}
			if !slices.Equal(got.NearMisses, test.near) {
				t.Errorf("near misses: got %v, want %v", got.NearMisses, test.near)
			}
		})
	}
}

func TestExplainRequestOfAnyUser(t *testing.T) {
	t.Parallel()
	got := perms.Request{AnyUser: true}.Explain([]perms.Rule{denyRule("*:*", time.Time{})}, verifiedtime.Known(decideNow))
	if !got.Allowed || got.Rule != nil || got.Overruled != nil {
		t.Errorf("got %+v, want allowed without a rule", got)
	}
}

// TestExplainAgreesWithDecide: the decision is the same, and it changes at ChangesAt and at no earlier moment.
func TestExplainAgreesWithDecide(t *testing.T) {
	t.Parallel()
	all := everyRule()
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) perms.Rule {
			rule := rapid.SampledFrom(all).Draw(t, "rule")
			if !rule.Until.IsZero() {
				rule.Until = decideNow.Add(time.Duration(rapid.IntRange(-2, 4).Draw(t, "hours")) * time.Hour)
			}
			return rule
		}), 0, 6).Draw(t, "rules")
		want := perms.Decide(rules, asked, verifiedtime.Known(decideNow))
		got := perms.Explain(rules, asked, verifiedtime.Known(decideNow))
		if got.Decision != want {
			t.Fatalf("got %v, want %v", got.Decision, want)
		}
		for hours := range 8 {
			at := decideNow.Add(time.Duration(hours) * time.Hour)
			before := got.ChangesAt.IsZero() || at.Before(got.ChangesAt)
			if now := perms.Decide(rules, asked, verifiedtime.Known(at)).Allowed; before && now != got.Allowed || at.Equal(got.ChangesAt) && now == got.Allowed {
				t.Fatalf("changes at %v, but at %v the answer is %v", got.ChangesAt, at, now)
			}
		}
	})
}
