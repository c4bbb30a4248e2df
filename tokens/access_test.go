package tokens

import (
	"errors"
	"testing"
	"time"

	"latchkey/perms/verifiedtime"
)

var (
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	old  = DigestOf("the live one")
	lost = DigestOf("staged, then replaced")
	next = DigestOf("the fresh one")
	gone = DigestOf("retiring since before")
)

func TestEdits(t *testing.T) {
	t.Parallel()
	on := Access{Current: old, IssuedAt: noon}
	retiring := Access{Current: old, IssuedAt: noon, Retiring: gone, RetiringUntil: noon.Add(time.Hour)}
	staged := Access{Current: lost, IssuedAt: noon, Retiring: old, Grace: time.Minute}
	later := noon.Add(time.Minute)
	fresh := Access{Current: next, IssuedAt: later}
	ended := Access{Current: next, IssuedAt: later, Ended: true}
	withGrace := Access{Current: next, IssuedAt: later, Retiring: old, RetiringIssuedAt: noon, Grace: time.Hour}

	regenerate := func(live, draft Access, grace time.Duration) func() (Access, error) {
		return func() (Access, error) { return Regenerate(live, draft, next, grace, later) }
	}
	tests := []struct {
		name string
		edit func() (Access, error)
		want Access
		err  error
	}{
		{"enable", func() (Access, error) { return Enable(Access{}, next, later) }, fresh, nil},
		{"enable twice", func() (Access, error) { return Enable(on, next, later) }, Access{}, ErrAlreadyEnabled},
		{"enable with nothing", func() (Access, error) { return Enable(Access{}, Digest{}, later) }, Access{}, ErrNoToken},
		{"enable what the draft disabled", func() (Access, error) { return Enable(Access{Ended: true}, next, later) }, ended, nil},
		{"disable", func() (Access, error) { return Disable(retiring) }, Access{Ended: true}, nil},
		{"disable a draft", func() (Access, error) { return Disable(staged) }, Access{Ended: true}, nil},
		{"disable twice", func() (Access, error) { return Disable(Access{}) }, Access{}, ErrNotEnabled},

		{"regenerate", regenerate(on, on, 0), fresh, nil},
		{"regenerate ends the retiring one", regenerate(retiring, retiring, 0), fresh, nil},
		{"regenerate what is off", regenerate(on, Access{}, 0), Access{}, ErrNotEnabled},
		{"regenerate with nothing", func() (Access, error) { return Regenerate(on, on, Digest{}, 0, later) }, Access{}, ErrNoToken},
		{"grace", regenerate(on, on, time.Hour), withGrace, nil},
		{"grace drops the one retiring before", regenerate(retiring, retiring, time.Hour), withGrace, nil},
		{"grace in a draft keeps the live one", regenerate(on, staged, time.Hour), withGrace, nil},
		{"no grace in a draft with one", regenerate(on, staged, 0), fresh, nil},
		{"no grace for a staged enable", regenerate(Access{}, Access{Current: lost, IssuedAt: noon}, 0), fresh, nil},
		{"grace for a staged enable", regenerate(Access{}, Access{Current: lost}, time.Hour), Access{}, ErrNothingToRetire},
		{"no grace for what the draft disabled", regenerate(on, Access{Current: lost, Ended: true}, 0), ended, nil},
		{"grace for what the draft disabled", regenerate(on, Access{Current: lost, Ended: true}, time.Hour), Access{}, ErrNothingToRetire},
		{"longest grace", regenerate(on, on, MaxGrace),
			Access{Current: next, IssuedAt: later, Retiring: old, RetiringIssuedAt: noon, Grace: MaxGrace}, nil},
		{"grace too long", regenerate(on, on, MaxGrace+1), Access{}, ErrGrace},
		{"grace below zero", regenerate(on, on, -1), Access{}, ErrGrace},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := test.edit()
			if got != test.want || !errors.Is(err, test.err) {
				t.Errorf("got %+v and error %v, want %+v and %v", got, err, test.want, test.err)
			}
		})
	}
}

func TestIssuedAtIsUTCInWholeSeconds(t *testing.T) {
	t.Parallel()
	made := noon.Add(1999 * time.Millisecond).In(time.FixedZone("east", 3600))
	enabled, err := Enable(Access{}, next, made)
	if want := noon.Add(time.Second); err != nil || enabled.IssuedAt != want {
		t.Errorf("got %v and error %v, want %v", enabled.IssuedAt, err, want)
	}
	regenerated, err := Regenerate(enabled, enabled, old, 0, made)
	if want := noon.Add(time.Second); err != nil || regenerated.IssuedAt != want {
		t.Errorf("got %v and error %v, want %v", regenerated.IssuedAt, err, want)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		draft, want Access
	}{
		{"off", Access{}, Access{}},
		{"disabled", Access{Ended: true}, Access{}},
		{"disabled and enabled", Access{Current: next, IssuedAt: noon, Ended: true}, Access{Current: next, IssuedAt: noon}},
		{"on", Access{Current: old, IssuedAt: noon}, Access{Current: old, IssuedAt: noon}},
		{"a grace begins to run", Access{Current: next, Retiring: old, Grace: time.Minute},
			Access{Current: next, Retiring: old, RetiringUntil: noon.Add(time.Minute)}},
		{"a running one goes on", Access{Current: next, Retiring: old, RetiringUntil: noon.Add(time.Second)},
			Access{Current: next, Retiring: old, RetiringUntil: noon.Add(time.Second)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := test.draft.Settle(noon.In(time.FixedZone("west", -3600)))
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if again := got.Settle(noon.Add(time.Hour)); again != got {
				t.Errorf("settled again: got %+v, want %+v", again, got)
			}
		})
	}
}

// What a save makes must be what is read back later: no clock of this process in it.
func TestSettleKeepsNoMonotonicClock(t *testing.T) {
	t.Parallel()
	got := Access{Current: next, Retiring: old, Grace: time.Minute}.Settle(time.Now()).RetiringUntil
	if want := got.Round(0); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAccepts(t *testing.T) {
	t.Parallel()
	end := noon.Add(time.Hour)
	live := Access{Current: next, IssuedAt: noon, Retiring: old, RetiringUntil: end}
	tests := []struct {
		name      string
		access    Access
		presented Digest
		now       time.Time
		want      bool
	}{
		{"current", live, next, noon, true},
		{"current, long after", live, next, noon.AddDate(50, 0, 0), true},
		{"retiring", live, old, noon, true},
		{"retiring, to the last instant", live, old, end.Add(-1), true},
		{"retiring, at its end", live, old, end, false},
		{"retiring, after its end", live, old, end.Add(time.Hour), false},
		{"another", live, lost, noon, false},
		{"none", live, Digest{}, noon, false},
		{"none and nothing retiring", Access{Current: next, RetiringUntil: end}, Digest{}, noon, false},
		{"off", Access{}, next, noon, false},
		{"off, none", Access{}, Digest{}, noon, false},
		{"off, retiring left over", Access{Retiring: old, RetiringUntil: end}, old, noon, false},
		{"retiring without an end", Access{Current: next, Retiring: old, Grace: time.Hour}, old, noon, false},
		{"same instant, another zone", live, old, end.Add(-1).In(time.FixedZone("east", 3600)), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.access.Accepts(test.presented, verifiedtime.Known(test.now), Limits{}); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

func BenchmarkAccepts(b *testing.B) {
	live := Access{Current: next, IssuedAt: noon, Retiring: old, RetiringUntil: noon.Add(time.Hour)}
	cases := map[string]struct {
		access    Access
		presented Digest
	}{"current": {live, next}, "retiring": {live, old}, "wrong": {live, lost}, "off": {Access{}, next}}
	for name, c := range cases {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			want := name == "current" || name == "retiring"
			for b.Loop() {
				if c.access.Accepts(c.presented, verifiedtime.Known(noon), Limits{}) != want {
					b.Fatal("wrong answer")
				}
			}
		})
	}
}
