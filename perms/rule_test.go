package perms_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

func mustPattern(text string) perms.Pattern {
	pattern, err := perms.ParsePattern(text)
	if err != nil {
		panic(err)
	}
	return pattern
}

func TestRuleString(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 12, 31, 1, 0, 0, 0, time.FixedZone("", 3600))
	tests := []struct {
		rule perms.Rule
		text string
		json string
	}{
		{
			perms.Rule{Effect: perms.Allow, Pattern: mustPattern("orders:view")},
			"allow orders:view", `{"effect":"allow","pattern":"orders:view"}`,
		},
		{
			perms.Rule{Effect: perms.Deny, Pattern: mustPattern("*:delete"), Until: until.UTC()},
			"deny *:delete until 2026-12-31T00:00:00Z",
			`{"effect":"deny","pattern":"*:delete","until":"2026-12-31T00:00:00Z"}`,
		},
	}
	for _, test := range tests {
		if got := test.rule.String(); got != test.text {
			t.Errorf("got %q, want %q", got, test.text)
		}
		text, err := json.Marshal(test.rule)
		if err != nil || string(text) != test.json {
			t.Errorf("got %s, %v; want %s", text, err, test.json)
		}
		var back perms.Rule
		if err := json.Unmarshal(text, &back); err != nil || back != test.rule {
			t.Errorf("got %v, %v; want %v", back, err, test.rule)
		}
	}
	local := perms.Rule{Effect: perms.Deny, Pattern: mustPattern("*:delete"), Until: until}
	if got, want := local.String(), tests[1].text; got != want {
		t.Errorf("with a local time: got %q, want %q", got, want)
	}
}

func TestEffectOfUnknownNameIsRefused(t *testing.T) {
	t.Parallel()
	for _, effect := range []string{"", "Allow", "permit", "allow "} {
		var rule perms.Rule
		text, _ := json.Marshal(map[string]string{"effect": effect, "pattern": "*:*"})
		if err := json.Unmarshal(text, &rule); !errors.Is(err, perms.ErrMalformed) {
			t.Errorf("effect %q: got %v, %v; want ErrMalformed", effect, rule, err)
		}
	}
}

func TestRuleInForce(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	rule := perms.Rule{Effect: perms.Allow, Pattern: mustPattern("*:*"), Until: until}
	for _, test := range []struct {
		now  time.Time
		want bool
	}{{until.Add(-time.Nanosecond), true}, {until, false}, {until.Add(time.Nanosecond), false}} {
		if got := rule.InForce(verifiedtime.Known(test.now)); got != test.want {
			t.Errorf("at %v: got %v, want %v", test.now, got, test.want)
		}
	}
	if rule.Until = (time.Time{}); !rule.InForce(verifiedtime.Known(until.AddDate(5000, 0, 0))) {
		t.Error("a rule without end ended")
	}
}

func TestWithBringsUntilToWholeSecondsUTC(t *testing.T) {
	t.Parallel()
	local := time.Date(2026, 12, 31, 1, 0, 0, 999, time.FixedZone("", 3600))
	rules := perms.Rules(nil).With(perms.Rule{Effect: perms.Allow, Pattern: mustPattern("a:b"), Until: local})
	if got, want := rules[0].Until, time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The role that a rule comes through goes along with it, and is in neither its text nor its stored form.
func TestRuleRole(t *testing.T) {
	t.Parallel()
	own := perms.Rule{Effect: perms.Allow, Pattern: mustPattern("orders:*")}
	through := own
	through.Role = "clerk"
	if own.Source() != "" || through.Source() != "role clerk" {
		t.Errorf("Source: got %q and %q, want none and role clerk", own.Source(), through.Source())
	}
	ownText, ownErr := json.Marshal(own)
	text, err := json.Marshal(through)
	if ownErr != nil || err != nil || string(text) != string(ownText) || through.String() != own.String() {
		t.Errorf("got %s (%v), want it written as %s (%v)", text, through, ownText, own)
	}
	rules := perms.Rules{own}.With(through)
	if got, found := rules.Get(own.Pattern); len(rules) != 1 || !found || got != through {
		t.Errorf("With: got %v, want the one rule replaced", rules)
	}
	if got := perms.Decide(rules, asked, verifiedtime.Known(decideNow)); got.Rule == nil || got.Rule.Source() != "role clerk" {
		t.Errorf("Decide: got %+v, want the rule of role clerk", got)
	}
	if got := rules.Without(own.Pattern); got != nil {
		t.Errorf("Without: got %v, want none", got)
	}
}

// drawRule makes rules of few patterns, so that they meet.
func drawRule(t *rapid.T) perms.Rule {
	part := rapid.SampledFrom([]string{"*", "a", "a0", "a_", "b"})
	rule := perms.Rule{
		Effect:  rapid.SampledFrom([]perms.Effect{perms.Allow, perms.Deny}).Draw(t, "effect"),
		Pattern: perms.Pattern{Resource: part.Draw(t, "resource"), Action: part.Draw(t, "action")},
	}
	if seconds := rapid.Int64Range(0, 3).Draw(t, "until"); seconds > 0 {
		rule.Until = time.Unix(1_800_000_000+seconds, 0).UTC()
	}
	return rule
}

// Whatever is added and taken away, Rules are what a map by pattern text holds, in order of that text, and no earlier
// value changes.
func TestRulesAgainstMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var rules perms.Rules
		model := map[string]perms.Rule{}
		var earlier, copies []perms.Rules
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			rule := drawRule(t)
			base := rules
			if len(earlier) > 0 && rapid.IntRange(0, 3).Draw(t, "branch") == 0 { // from one slice in two directions
				base = rapid.SampledFrom(earlier).Draw(t, "base")
				model = map[string]perms.Rule{}
				for _, rule := range base {
					model[rule.Pattern.String()] = rule
				}
			}
			if rapid.Bool().Draw(t, "with") {
				rules = base.With(rule)
				model[rule.Pattern.String()] = rule
			} else {
				rules = base.Without(rule.Pattern)
				delete(model, rule.Pattern.String())
			}
			checkRules(t, rules, model, rule.Pattern)
			earlier, copies = append(earlier, rules), append(copies, slices.Clone(rules))
		}
		for i := range earlier {
			if !slices.Equal(earlier[i], copies[i]) {
				t.Fatalf("a value changed afterwards: got %v, want %v", earlier[i], copies[i])
			}
		}
	})
}

func checkRules(t *rapid.T, rules perms.Rules, model map[string]perms.Rule, pattern perms.Pattern) {
	var want perms.Rules
	for _, text := range slices.Sorted(maps.Keys(model)) {
		want = append(want, model[text])
	}
	if !slices.Equal(rules, want) || (rules == nil) != (want == nil) {
		t.Fatalf("got %v, want %v", rules, want)
	}
	got, found := rules.Get(pattern)
	if wanted, ok := model[pattern.String()]; got != wanted || found != ok {
		t.Fatalf("Get(%v): got %v, %v; want %v, %v", pattern, got, found, wanted, ok)
	}
}

func TestRulesWithSeveral(t *testing.T) {
	t.Parallel()
	rules := perms.Rules{}.With(rulesOf("orders:view, -orders:edit")...)
	got := rules.With(rulesOf("orders:edit, a:b, -a:b")...)
	if want := (perms.Rules)(rulesOf("-a:b, orders:edit, orders:view")); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if want := (perms.Rules)(rulesOf("-orders:edit, orders:view")); !slices.Equal(rules, want) {
		t.Errorf("got %v of the receiver, want %v as before", rules, want)
	}
}
