package settings_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/perms/settings"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

// lived is one token in the model: what is known of it in words, without the arithmetic of the code.
type lived struct {
	made      time.Time
	end       time.Time // by what was said when it was saved; zero: none
	byDefault bool
	length    time.Duration
	retired   time.Time // end of its grace; zero: it is current
	over      bool      // it has ended once
}

// world is one user under settings that change, and a clock that is waited with.
type world struct {
	now       time.Time
	set       settings.Settings
	access    tokens.Access
	suspended bool
	current   string // "": access is off
	all       map[string]*lived
}

var day = 24 * time.Hour

// accepted is what the model says of a token now.
func (w *world) accepted(name string) bool {
	one := w.all[name]
	if over := !one.end.IsZero() && !w.now.Before(one.end) || !one.retired.IsZero() && !w.now.Before(one.retired) ||
		w.set.MaxLifetime > 0 && !w.now.Before(one.made.Add(w.set.MaxLifetime)); over {
		one.over = true
	}
	return !one.over && !w.suspended
}

// check compares every token that ever was. It runs after each step, so that an end is seen before something moves it.
func (w *world) check(t *rapid.T) {
	for name := range w.all {
		want := w.accepted(name)
		if got := w.access.Accepts(tokens.DigestOf(name), verifiedtime.Known(w.now), w.set.TokenLimits()); got != want {
			t.Fatalf("%s: got accepted %t, want %t, at %v: %+v, %+v", name, got, want, w.now, w.access, w.set)
		}
		if w.access.Accepts(tokens.DigestOf(name), verifiedtime.Time{}, w.set.TokenLimits()) && (!w.all[name].end.IsZero() || w.set.MaxLifetime > 0) {
			t.Fatalf("%s has an end, and is accepted while the time is not known", name)
		}
	}
}

// issue makes a token, own telling whether its user does.
func (w *world) issue(t *rapid.T) {
	expiry := rapid.SampledFrom([]tokens.Expiry{{}, {}, {Never: true}, {After: 5 * day}, {After: 40 * day}, {At: w.now.Add(7 * day)}}).Draw(t, "expiry")
	own := w.current != "" && rapid.Bool().Draw(t, "own")
	grace := rapid.SampledFrom([]time.Duration{0, time.Hour, 20 * day}).Draw(t, "grace")
	name := fmt.Sprint("token ", len(w.all)+1)
	was := lived{}
	if w.current != "" {
		was = *w.all[w.current]
	}
	var next tokens.Access
	var err error
	if w.current == "" {
		next, err = tokens.Enable(w.access, tokens.DigestOf(name), w.now)
	} else {
		next, err = tokens.Regenerate(w.access, w.access, tokens.DigestOf(name), grace, w.now)
	}
	if err == nil {
		err = w.set.CheckExpiry(expiry, w.now)
	}
	if err == nil {
		next.Term, err = tokens.NewTerm(expiry, w.access.Term, w.set.DefaultLifetime, own, w.now)
	}
	if err != nil {
		if w.set.MaxLifetime == 0 {
			t.Fatal(err)
		}
		return
	}
	if own && next.Outlives(w.access.Term) { // as package perms refuses it
		if expiry == (tokens.Expiry{}) {
			t.Fatalf("a plain rotation of one's own is refused: %+v after %+v", next.Term, w.access.Term)
		}
		return
	}
	wait := rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(t, "staged for")
	w.now = w.now.Add(wait)
	w.access = next.Settle(w.now)
	w.keep(name, w.fresh(expiry, was, own), grace)
}

// fresh is what was said of a new token.
func (w *world) fresh(expiry tokens.Expiry, was lived, own bool) *lived {
	one := &lived{made: w.access.IssuedAt}
	switch {
	case expiry.Never:
	case !expiry.At.IsZero():
		one.end, one.length = expiry.At, w.access.Length
	case expiry.After > 0:
		one.length = expiry.After
	case w.set.DefaultLifetime > 0:
		one.length, one.byDefault = w.set.DefaultLifetime, true
	default:
		one.length, one.byDefault = was.length, was.byDefault
	}
	if one.length > 0 && expiry.At.IsZero() {
		one.end = w.now.Add(one.length)
	}
	if plain := expiry == (tokens.Expiry{}); own && plain && !was.end.IsZero() && !was.byDefault {
		one.byDefault = false
		if one.end.IsZero() || was.end.Before(one.end) {
			one.end = was.end
		}
	}
	return one
}

func (w *world) keep(name string, fresh *lived, grace time.Duration) {
	for other, one := range w.all {
		if other == w.current && grace > 0 {
			one.retired = w.now.Add(grace)
		} else {
			one.over = true
		}
	}
	w.all[name], w.current = fresh, name
}

func (w *world) disable(*rapid.T) {
	if next, err := tokens.Disable(w.access); err == nil {
		w.access, w.current, w.suspended = next.Settle(w.now), "", false
		for _, one := range w.all {
			one.over = true
		}
	}
}

func (w *world) setLifetimes(t *rapid.T) {
	next := w.set
	for _, name := range []string{settings.MaxLifetime, settings.DefaultLifetime} {
		value := rapid.SampledFrom([]string{"", "3d", "10d", "30d"}).Draw(t, name)
		changed, err := next.Without(name)
		if err == nil && value != "" {
			changed, err = next.With(name, value)
		}
		if err == nil {
			next = changed
		}
	}
	w.set = w.set.After(next, w.now)
}

func runWorld(t *rapid.T) {
	w := &world{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), all: map[string]*lived{}}
	t.Repeat(map[string]func(*rapid.T){
		"": w.check, "issue": w.issue, "disable": w.disable, "settings": w.setLifetimes,
		"suspend": func(*rapid.T) {
			if next, err := tokens.Suspend(w.access); err == nil {
				w.access, w.suspended = next.Settle(w.now), true
			}
		},
		"resume": func(*rapid.T) {
			if next, err := tokens.Resume(w.access); err == nil {
				w.access, w.suspended = next.Settle(w.now), false
			}
		},
		"wait": func(t *rapid.T) {
			w.now = w.now.Add(rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, time.Hour, day, 4 * day, 30 * day}).Draw(t, "wait"))
		},
	})
}

// TestLifeAgainstModel runs random tokens, ends, suspensions, settings and waits, and asks after each which tokens are accepted:
// whatever has ended once stays ended.
func TestLifeAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, runWorld)
}
