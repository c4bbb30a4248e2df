package perms_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// many makes n rules of an effect for r0:*, r1:* and so on, or for *:a0, *:a1 and so on; where step is not zero, each ends
// that much later than the one before.
func many(n int, effect perms.Effect, format string, step time.Duration) []perms.Rule {
	rules := make([]perms.Rule, n)
	for i := range rules {
		rules[i] = perms.Rule{Effect: effect, Pattern: mustPattern(fmt.Sprintf(format, i))}
		if step != 0 {
			rules[i].Until = decideNow.Add(time.Duration(i+1) * step)
		}
	}
	return rules
}

func with(lists ...[]perms.Rule) (all []perms.Rule) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// TestPermitOfManyRules: what a change gives is judged without a look at each resource with each action. Not parallel: it
// counts what is allocated.
func TestPermitOfManyRules(t *testing.T) {
	const n = 2000
	denies := func(format string) []perms.Rule { return many(n, perms.Deny, format, 0) }
	allows := func(format string) []perms.Rule { return many(n, perms.Allow, format, 0) }
	passing := func(format string, step time.Duration) []perms.Rule { return many(n, perms.Deny, format, step) }
	editor, late := rulesOf("permissions:edit, *:view"), passing("*:a%d", n*time.Second)
	lastDeny := []perms.Rule{{Effect: perms.Deny, Pattern: mustPattern("r:*"), Until: decideNow.Add((n + 1) * time.Second)}}
	tests := []struct {
		name          string
		actor         []perms.Rule
		before, after []perms.Rule
		permitted     bool
	}{
		{"denies given", editor, nil, with(denies("r%d:*"), denies("*:a%d")), true},
		{"denies taken away", editor, with(denies("r%d:*"), denies("*:a%d")), nil, false},
		{"allows given", editor, nil, with(allows("r%d:*"), allows("*:a%d")), false},
		{"the operator's denies meet all that is given", with(rulesOf("*:*"), denies("r%d:*")), nil, allows("*:a%d"), false},
		{"but the object is denied the same", with(rulesOf("*:*"), denies("r%d:*")), denies("r%d:*"), with(denies("r%d:*"), allows("*:a%d")), true},
		{"but each has ended when anything is given", with(rulesOf("*:*"), passing("r%d:*", time.Second)), late, with(late, allows("*:a%d")), true},
		{"and the last one a second later", with(rulesOf("*:*"), passing("r%d:*", time.Second), lastDeny), late, with(late, allows("*:a%d")), false},
	}
	for _, test := range tests {
		change := perms.Change{Kind: "user", Name: "carl", Fields: []string{"rule x:y"}, Before: test.before, After: test.after}
		actor := with(test.actor, rulesOf("permissions:edit"))
		var begun, ended runtime.MemStats
		runtime.ReadMemStats(&begun)
		err := perms.Permit(actor, change, attackKnown, verifiedtime.Known(decideNow))
		runtime.ReadMemStats(&ended)
		if (err == nil) != test.permitted || err != nil && !errors.Is(err, perms.ErrRefused) {
			t.Errorf("%s: got %v, want it permitted: %t", test.name, err, test.permitted)
		}
		t.Logf("%s: %d kB; %v", test.name, (ended.TotalAlloc-begun.TotalAlloc)>>10, err)
		if got := ended.TotalAlloc - begun.TotalAlloc; got > 30<<20 {
			t.Errorf("%s: got %d MB allocated for %d rules, want a few", test.name, got>>20, 2*n)
		}
	}
}

func BenchmarkPermitOfManyRules(b *testing.B) {
	for _, n := range []int{128, 4096} {
		b.Run(fmt.Sprint("rules=", 2*n), func(b *testing.B) {
			denies := with(many(n, perms.Deny, "r%d:*", time.Second), many(n, perms.Deny, "*:a%d", time.Second))
			actor := with(rulesOf("*:*"), denies)
			change := perms.Change{Kind: "user", Name: "carl", Fields: []string{"note"}, Before: denies, After: denies}
			b.ReportAllocs()
			for b.Loop() {
				if err := perms.Permit(actor, change, attackKnown, verifiedtime.Known(decideNow)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
