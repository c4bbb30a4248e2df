package perms_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

var (
	decideNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	asked     = perms.Permission{Resource: "orders", Action: "view"}
)

// everyRule is each effect on each kind of pattern, matching orders:view and not, with each kind of end.
func everyRule() []perms.Rule {
	var rules []perms.Rule
	for _, effect := range []perms.Effect{perms.Allow, perms.Deny} {
		for _, pattern := range []string{
			"orders:view", "orders:*", "*:view", "*:*", // these match
			"orders:edit", "brands:view", "brands:edit", "brands:*", "*:edit",
		} {
			for _, until := range []time.Time{{}, decideNow.Add(-time.Second), decideNow, decideNow.Add(time.Second)} {
				rules = append(rules, perms.Rule{Effect: effect, Pattern: mustPattern(pattern), Until: until})
			}
		}
	}
	return rules
}

// oracle decides on orders:view by listing texts: what is allowed is everything that some allow covers, less everything
// that some deny covers; the rule reported is found by walking down the ladder of patterns.
func oracle(rules []perms.Rule) (allowed bool, decidedBy string) {
	ladder := []string{"orders:view", "orders:*", "*:view", "*:*"}
	covered := map[perms.Effect][]string{}
	for _, rule := range rules {
		ended := !rule.Until.IsZero() && !rule.Until.After(decideNow)
		if !ended && slices.Contains(ladder, rule.Pattern.String()) {
			covered[rule.Effect] = append(covered[rule.Effect], rule.Pattern.String())
		}
	}
	deciding := perms.Allow
	if len(covered[perms.Deny]) > 0 {
		deciding = perms.Deny
	}
	for _, text := range ladder {
		if slices.Contains(covered[deciding], text) {
			return deciding == perms.Allow, string(deciding) + " " + text
		}
	}
	return false, ""
}

func checkDecision(t *testing.T, rules ...perms.Rule) {
	t.Helper()
	given := slices.Clone(rules)
	got := perms.Decide(rules, asked, verifiedtime.Known(decideNow))
	allowed, decidedBy := oracle(rules)
	reported := ""
	if got.Rule != nil {
		reported = string(got.Rule.Effect) + " " + got.Rule.Pattern.String()
		if !slices.Contains(rules, *got.Rule) || !got.Rule.InForce(verifiedtime.Known(decideNow)) {
			t.Errorf("%v: reported %v, which is not one of them in force", rules, got.Rule)
		}
	}
	if got.Allowed != allowed || reported != decidedBy {
		t.Errorf("%v: got %v by %q, want %v by %q", rules, got.Allowed, reported, allowed, decidedBy)
	}
	if !slices.Equal(rules, given) {
		t.Errorf("the rules were changed: got %v, want %v", rules, given)
	}
}

func TestDecideAgainstOracle(t *testing.T) {
	t.Parallel()
	checkDecision(t)
	rules := everyRule()
	for _, first := range rules {
		checkDecision(t, first)
		for _, second := range rules {
			checkDecision(t, first, second)
		}
	}
	endless := slices.DeleteFunc(rules, func(rule perms.Rule) bool { return !rule.Until.IsZero() })
	for _, first := range endless {
		for _, second := range endless {
			for _, third := range endless {
				checkDecision(t, first, second, third)
			}
		}
	}
}

// The oracle must not agree with everything: rows stated by hand.
func TestDecide(t *testing.T) {
	t.Parallel()
	rule := func(effect perms.Effect, pattern string) perms.Rule {
		return perms.Rule{Effect: effect, Pattern: mustPattern(pattern)}
	}
	tests := []struct {
		rules     []perms.Rule
		allowed   bool
		decidedBy int // index; -1: none
	}{
		{nil, false, -1},
		{[]perms.Rule{rule(perms.Allow, "orders:view")}, true, 0},
		{[]perms.Rule{rule(perms.Allow, "orders:edit")}, false, -1},
		{[]perms.Rule{rule(perms.Allow, "*:*"), rule(perms.Allow, "orders:*")}, true, 1},
		{[]perms.Rule{rule(perms.Allow, "*:view"), rule(perms.Allow, "orders:*")}, true, 1},
		{[]perms.Rule{rule(perms.Allow, "orders:view"), rule(perms.Deny, "*:*")}, false, 1},
		{[]perms.Rule{rule(perms.Deny, "*:*"), rule(perms.Deny, "*:view"), rule(perms.Allow, "*:*")}, false, 1},
		{[]perms.Rule{rule(perms.Deny, "orders:edit"), rule(perms.Allow, "orders:*")}, true, 1},
		{[]perms.Rule{rule(perms.Allow, "*:view"), rule(perms.Allow, "*:view")}, true, 0},
		{[]perms.Rule{rule("", "orders:view")}, false, 0},
		{[]perms.Rule{rule("ALLOW", "*:*"), rule(perms.Allow, "orders:view")}, false, 0},
	}
	for _, test := range tests {
		got := perms.Decide(test.rules, asked, verifiedtime.Known(decideNow))
		var want *perms.Rule
		if test.decidedBy >= 0 {
			want = &test.rules[test.decidedBy]
		}
		if got.Allowed != test.allowed || got.Rule != want {
			t.Errorf("%v: got %v by %v, want %v by %v", test.rules, got.Allowed, got.Rule, test.allowed, want)
		}
	}
}

// A request whose permission was forgotten is for nobody, not even for the holder of everything.
// TestDecidingListByList: rules that are asked in parts say what they say together, wherever they are parted.
func TestDecidingListByList(t *testing.T) {
	t.Parallel()
	rules := everyRule()
	request := perms.Request{Permission: asked}
	for i, first := range rules {
		for j, second := range rules {
			all := []perms.Rule{first, second, rules[(i+j)%len(rules)]}
			want := perms.Decide(all, asked, verifiedtime.Known(decideNow))
			for at := range len(all) + 1 {
				got := request.And(request.Decide(all[:at], verifiedtime.Known(decideNow)), all[at:], verifiedtime.Known(decideNow))
				if got != want {
					t.Fatalf("%v parted at %d: got %v, want %v", all, at, got, want)
				}
			}
		}
	}
	open := perms.Request{AnyUser: true}
	if got := open.And(open.Decide(nil, verifiedtime.Known(decideNow)), []perms.Rule{{Effect: perms.Deny, Pattern: perms.Pattern{Resource: "*", Action: "*"}}}, verifiedtime.Known(decideNow)); !got.Allowed {
		t.Error("a rule denies what is open to any user")
	}
}

func TestRequestWithoutPermissionIsForNobody(t *testing.T) {
	t.Parallel()
	everything := []perms.Rule{{Effect: perms.Allow, Pattern: mustPattern("*:*")}, {Effect: perms.Allow}}
	for _, request := range []perms.Request{
		{},
		{Endpoint: perms.Collection, Method: "GET"},
		{Method: "GET", Permission: perms.Permission{Resource: "orders"}},
		{Method: "GET", Permission: perms.Permission{Resource: "*", Action: "*"}},
	} {
		if got := request.Decide(everything, verifiedtime.Known(decideNow)); got.Allowed || got.Rule != nil {
			t.Errorf("%+v: got %+v, want refused without a rule", request, got)
		}
	}
	open := perms.Request{Method: "GET", AnyUser: true}
	if got := open.Decide(nil, verifiedtime.Known(decideNow)); !got.Allowed {
		t.Errorf("%+v: got %+v, want allowed", open, got)
	}
}

func manyRules(n int) perms.Rules {
	rules := perms.Rules{{Effect: perms.Allow, Pattern: mustPattern("orders:view")}}
	for i := range n - 1 {
		rules = rules.With(perms.Rule{
			Effect: perms.Allow, Pattern: mustPattern(fmt.Sprintf("resource_%d:view", i)), Until: decideNow.Add(time.Hour),
		})
	}
	return rules
}

func TestDecideDoesNotAllocate(t *testing.T) {
	rules := manyRules(3)
	if got := testing.AllocsPerRun(100, func() { perms.Decide(rules, asked, verifiedtime.Known(decideNow)) }); got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{3, 100} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			rules := manyRules(n)
			b.ReportAllocs()
			for b.Loop() {
				if !perms.Decide(rules, asked, verifiedtime.Known(decideNow)).Allowed {
					b.Fatal("got refused, want allowed")
				}
			}
		})
	}
}
