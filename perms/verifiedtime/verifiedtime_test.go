package verifiedtime_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/perms/verifiedtime"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func TestVerify(t *testing.T) {
	t.Parallel()
	later := noon.Add(time.Hour)
	tests := []struct {
		name       string
		clock      time.Time
		proof      verifiedtime.Proof
		wantAt     time.Time
		wantBehind bool
	}{
		{"nothing is proved", noon, verifiedtime.Proof{}, noon, false},
		{"a save long ago", later, verifiedtime.Proof{SavedAt: noon}, later, false},
		{"a save at this moment", noon, verifiedtime.Proof{SavedAt: noon}, noon, false},
		{"a minute behind a save", noon, verifiedtime.Proof{SavedAt: noon.Add(time.Minute)}, noon.Add(time.Minute), false},
		{"more than a minute behind a save", noon, verifiedtime.Proof{SavedAt: noon.Add(time.Minute + 1)}, noon.Add(time.Minute + 1), true},
		{"behind a mark", noon, verifiedtime.Proof{SavedAt: noon, Mark: verifiedtime.Mark{At: later}}, later, true},
		{"behind a save that is later than the mark", noon, verifiedtime.Proof{SavedAt: later, Mark: verifiedtime.Mark{At: noon}}, later, true},
		{"a mark from before a reset", noon, verifiedtime.Proof{SavedAt: noon, Reset: 7, Mark: verifiedtime.Mark{At: later, Reset: 6}}, noon, false},
		{"a mark from after a reset", noon, verifiedtime.Proof{SavedAt: noon, Reset: 7, Mark: verifiedtime.Mark{At: later, Reset: 7}}, later, true},
		{"a mark that knows of a later reset than the database", noon, verifiedtime.Proof{Reset: 6, Mark: verifiedtime.Mark{At: later, Reset: 7}}, later, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := verifiedtime.Verify(test.clock, test.proof)
			if !got.At().Equal(test.wantAt) || got.Behind() != test.wantBehind {
				t.Errorf("got %v, behind %t; want %v, behind %t", got.At(), got.Behind(), test.wantAt, test.wantBehind)
			}
		})
	}
}

// TestBeforeAnEnd: while the time is known both questions have one answer; while it is not, each has the one that is safe.
func TestBeforeAnEnd(t *testing.T) {
	t.Parallel()
	behind := verifiedtime.Verify(noon, verifiedtime.Proof{SavedAt: noon.Add(time.Hour)})
	tests := []struct {
		name              string
		time              verifiedtime.Time
		end               time.Time
		wantSure, wantMay bool
	}{
		{"before the end", verifiedtime.Known(noon), noon.Add(1), true, true},
		{"at the end", verifiedtime.Known(noon), noon, false, false},
		{"after the end", verifiedtime.Known(noon), noon.Add(-1), false, false},
		{"behind, an end that is passed", behind, noon.Add(time.Minute), false, true},
		{"behind, an end to come", behind, noon.Add(24 * time.Hour), false, true},
		{"the zero Time", verifiedtime.Time{}, noon, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.time.Before(test.end); got != test.wantSure {
				t.Errorf("Before: got %t, want %t", got, test.wantSure)
			}
			if got := test.time.MaybeBefore(test.end); got != test.wantMay {
				t.Errorf("MaybeBefore: got %t, want %t", got, test.wantMay)
			}
		})
	}
}

// TestTheCalendarCounts: two readings of one process have a monotonic part, by which no clock is ever set back.
func TestTheCalendarCounts(t *testing.T) {
	t.Parallel()
	reading := time.Now()
	got := verifiedtime.Verify(reading, verifiedtime.Proof{Mark: verifiedtime.Mark{At: reading.Add(time.Hour)}})
	if !got.Behind() || got.At() != got.At().Round(0) {
		t.Errorf("got %v, behind %t; want the calendar's time, behind", got.At(), got.Behind())
	}
}

// TestNothingBeginsAgain lets a clock jump as it likes, while saves and servers go on as they do, and asks after each step:
// has anything begun again that had ended when something was written? A reset ends all that had an end.
func TestNothingBeginsAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := world{clock: noon, ended: map[int64]bool{}}
		t.Repeat(map[string]func(*rapid.T){
			"time passes": func(t *rapid.T) {
				w.clock = w.clock.Add(time.Duration(rapid.IntRange(0, 7200).Draw(t, "seconds")) * time.Second)
			},
			"clock jumps": func(t *rapid.T) { w.clock = noon.Add(minutes(t, -40, 40)) },
			"save":        func(*rapid.T) { w.save() },
			"mark":        func(*rapid.T) { w.mark() },
			"reset":       func(*rapid.T) { w.reset() },
			"grant":       func(t *rapid.T) { w.grant(minutes(t, -30, 60)) },
			"":            func(t *rapid.T) { w.check(t) },
		})
	})
}

func minutes(t *rapid.T, from, to int) time.Duration {
	return time.Duration(rapid.IntRange(from, to).Draw(t, "minutes")) * time.Minute
}

// world is a database, as far as time goes, and what the test knows of it.
type world struct {
	clock    time.Time
	proof    verifiedtime.Proof
	revision int64
	ends     []time.Time    // of rules that are there
	ended    map[int64]bool // which of these moments had passed when something was written
	latest   time.Time      // that was written since the reset
}

func (w *world) time() verifiedtime.Time { return verifiedtime.Verify(w.clock, w.proof) }

func (w *world) grant(after time.Duration) {
	if now := w.time(); !now.Behind() { // a save that gives something is refused then
		w.ends = append(w.ends, now.At().Add(after))
		w.save()
	}
}

func (w *world) save() {
	w.revision++
	w.proof.SavedAt = w.time().At()
	w.wrote(w.proof.SavedAt)
}

func (w *world) mark() {
	if w.proof.Mark.Reset < w.proof.Reset || w.clock.After(w.proof.Mark.At) {
		w.proof.Mark = verifiedtime.Mark{At: w.clock, Reset: w.proof.Reset}
		w.wrote(w.clock)
	}
}

func (w *world) reset() {
	w.revision++
	w.proof.SavedAt, w.proof.Reset = w.clock, w.revision
	w.ends, w.latest = nil, w.clock
	clear(w.ended)
}

// wrote notes what everybody can know has ended.
func (w *world) wrote(at time.Time) {
	if at.After(w.latest) {
		w.latest = at
	}
	for _, end := range w.ends {
		if !at.Before(end) {
			w.ended[end.UnixNano()] = true
		}
	}
}

func (w *world) check(t *rapid.T) {
	now := w.time()
	if now.At().Before(w.latest) || now.At().Before(w.clock) {
		t.Fatalf("it is %v by a clock at %v, and %v has passed", now.At(), w.clock, w.latest)
	}
	if want := w.clock.Before(w.latest.Add(-verifiedtime.Tolerance)); now.Behind() != want {
		t.Fatalf("behind: got %t, want %t: the clock is at %v, and %v has passed", now.Behind(), want, w.clock, w.latest)
	}
	for _, end := range w.ends {
		if now.Before(end) && (w.ended[end.UnixNano()] || now.Behind()) {
			t.Fatalf("what ended at %v has begun again at %v (behind: %t)", end, now.At(), now.Behind())
		}
		if !now.MaybeBefore(end) && now.Before(end) {
			t.Fatalf("at %v it is surely before %v and not maybe", now.At(), end)
		}
	}
}
