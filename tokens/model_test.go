package tokens

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/perms/verifiedtime"
)

// model knows nothing of digests, current or retiring: it only keeps until when each raw token is accepted, and what
// the save of the staged edits would make of that.
type model struct {
	accepted map[string]time.Time // raw token: its end; endless for none
	staged   *plan                // nil: no edit of the token is staged
	ended    map[string]bool      // raw tokens that were accepted once and are no longer
}

// plan is what a draft would do.
type plan struct {
	newest string        // the token it would make live; empty: none, access would be off
	grace  time.Duration // how long the token that is newest among the live ones would go on
	ended  bool          // it has been without a token once: none that is live now goes on
}

var endless = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// newest is the raw token without an end, if there is one.
func (m *model) newest() string {
	for raw, end := range m.accepted {
		if end.Equal(endless) {
			return raw
		}
	}
	return ""
}

// enabled tells whether the next state has API access on.
func (m *model) enabled() bool {
	if m.staged != nil {
		return m.staged.newest != ""
	}
	return m.newest() != ""
}

// endedInDraft tells whether the draft has turned access off, and maybe on again.
func (m *model) endedInDraft() bool { return m.staged != nil && m.staged.ended }

func (m *model) save(now time.Time) {
	if m.staged == nil {
		return
	}
	after := map[string]time.Time{}
	if m.staged.grace > 0 {
		after[m.newest()] = now.Add(m.staged.grace)
	}
	if m.staged.newest != "" {
		after[m.staged.newest] = endless
	}
	for raw := range m.accepted {
		if _, stays := after[raw]; !stays {
			m.ended[raw] = true
		}
	}
	m.accepted, m.staged = after, nil
}

// expire forgets what has reached its end.
func (m *model) expire(now time.Time) {
	maps.DeleteFunc(m.accepted, func(raw string, end time.Time) bool {
		over := !now.Before(end)
		m.ended[raw] = m.ended[raw] || over
		return over
	})
}

// machine drives live and draft, as the database would, beside the model.
type machine struct {
	model
	live, draft Access
	now         time.Time
	made        []string // every raw token ever made
}

func newMachine() *machine {
	return &machine{model: model{accepted: map[string]time.Time{}, ended: map[string]bool{}}, now: noon}
}

// fresh makes a raw token. Any text does: what counts here is which of them are accepted.
func (m *machine) fresh() string {
	m.made = append(m.made, fmt.Sprintf("token %d", len(m.made)+1))
	return m.made[len(m.made)-1]
}

func (m *machine) enable(t *rapid.T) {
	raw := m.fresh()
	access, err := Enable(m.draft, DigestOf(raw), m.now)
	want := error(nil)
	if m.enabled() {
		want = ErrAlreadyEnabled
	}
	m.stage(t, access, err, want, plan{newest: raw, ended: m.endedInDraft()})
}

func (m *machine) disable(t *rapid.T) {
	access, err := Disable(m.draft)
	want := error(nil)
	if !m.enabled() {
		want = ErrNotEnabled
	}
	m.stage(t, access, err, want, plan{ended: true})
}

func (m *machine) regenerate(t *rapid.T) {
	grace := rapid.SampledFrom([]time.Duration{0, 0, time.Millisecond, time.Second, time.Minute, time.Hour, MaxGrace, MaxGrace + 1, -1}).Draw(t, "grace")
	raw := m.fresh()
	access, err := Regenerate(m.live, m.draft, DigestOf(raw), grace, m.now)
	want := error(nil)
	switch {
	case !m.enabled():
		want = ErrNotEnabled
	case grace < 0 || grace > MaxGrace:
		want = ErrGrace
	case grace > 0 && (m.newest() == "" || m.endedInDraft()):
		want = ErrNothingToRetire
	}
	m.stage(t, access, err, want, plan{newest: raw, grace: grace, ended: m.endedInDraft()})
}

// stage keeps what an edit made, unless it was refused.
func (m *machine) stage(t *rapid.T, access Access, err, want error, staged plan) {
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
	if err == nil {
		m.draft, m.staged = access, &staged
	}
}

func (m *machine) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"":           m.check,
		"enable":     m.enable,
		"disable":    m.disable,
		"regenerate": m.regenerate,
		// A save of other fields of the user settles its access as well, so this runs without an edit too.
		"save": func(*rapid.T) {
			m.live = m.draft.Settle(m.now)
			m.draft = m.live
			m.save(m.now)
		},
		"discard": func(*rapid.T) { m.draft, m.staged = m.live, nil },
		"wait": func(t *rapid.T) {
			m.now = m.now.Add(rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, time.Minute, time.Hour, MaxGrace}).Draw(t, "wait"))
		},
	}
}

// check compares what is accepted now, of all the tokens there ever were.
func (m *machine) check(t *rapid.T) {
	m.expire(m.now)
	for _, raw := range m.made {
		_, want := m.accepted[raw]
		if got := m.live.Accepts(DigestOf(raw), verifiedtime.Known(m.now), Limits{}); got != want {
			t.Fatalf("%s: got accepted %t, want %t", raw, got, want)
		}
		if want && m.ended[raw] {
			t.Fatalf("%s was revived", raw)
		}
		if want && m.staged != nil && m.staged.newest == raw {
			t.Fatalf("%s is accepted before its save", raw)
		}
	}
	if m.live.Accepts(Digest{}, verifiedtime.Known(m.now), Limits{}) || m.live.Accepts(DigestOf(""), verifiedtime.Known(m.now), Limits{}) {
		t.Fatal("nothing is accepted as a token")
	}
	if len(m.accepted) > 2 {
		t.Fatalf("got %d tokens accepted, want at most two", len(m.accepted))
	}
	if got, want := m.live.Enabled(), m.newest() != ""; got != want {
		t.Fatalf("live: got enabled %t, want %t", got, want)
	}
	if got, want := m.draft.Enabled(), m.enabled(); got != want {
		t.Fatalf("draft: got enabled %t, want %t", got, want)
	}
}

func runMachine(t *rapid.T) { t.Repeat(newMachine().actions()) }

// TestAccessAgainstModel runs random edits, saves, discards and waits, and asks after each which tokens are accepted.
func TestAccessAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, runMachine)
}

// FuzzAccess is the same, steered by what the code covers. Its seeds are long enough for some hundred steps: what the
// fuzzer begins with itself is used up after a few.
func FuzzAccess(f *testing.F) {
	for seed := range 8 {
		var steps []byte
		for block := range 128 {
			digest := DigestOf(fmt.Sprint(seed, block))
			steps = append(steps, digest[:]...)
		}
		f.Add(steps)
	}
	f.Fuzz(rapid.MakeFuzz(runMachine))
}
