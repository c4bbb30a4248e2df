// Package verifiedtime has the time as far as it is proved. A clock can be set back, by a mistake or by an
// attacker, and nothing that has ended may begin again (docs/requirements.md, T5). So every decision that depends on time
// takes a [Time] and not a time.Time: a reading of the clock that was compared with moments which are known to have passed.
//
// Everything here is a pure function of its arguments: clock and proofs are passed in. Values never change; copy them
// freely. Reasons: docs/decisions/0023-verified-time.md.
package verifiedtime

import "time"

// Tolerance is how far a clock may stand behind what is proved: clocks are corrected in small steps all the time, and two
// processes do not read them at the same moment.
const Tolerance = time.Minute

// Time decides whether something has ended. With the zero Time, everything that may have ended counts as ended.
type Time struct {
	at    time.Time
	known bool // the clock agrees with what is proved
}

// Mark is a moment that has passed: the clock of a server that runs has shown it.
type Mark struct {
	At    time.Time // zero: there is no mark
	Reset int64     // the last reset of the clock that its writer knew of, as in [Proof]
}

// Raise returns the one of two marks that proves more: that of who knows of the later reset, else the later one.
func (m Mark) Raise(other Mark) Mark {
	if other.Reset > m.Reset || other.Reset == m.Reset && other.At.After(m.At) {
		return other
	}
	return m
}

// Proof is what shows how much time has passed. The zero Proof shows nothing.
type Proof struct {
	SavedAt time.Time // of the newest revision; zero: there is none
	Reset   int64     // number of the revision that last reset the clock; 0: none has
	Mark    Mark      // one from before the reset proves nothing
}

// Verify compares a clock with what is proved. The result is at the clock's time, and never before what is proved. A clock
// that is more than [Tolerance] behind that is wrong, or the proof is: then nothing is known of the time.
func Verify(clock time.Time, proof Proof) Time {
	clock, proved := clock.Round(0), proof.latest().Round(0) // as the calendar has them, not by a clock that nobody can set
	if !clock.Before(proved) {
		return Time{at: clock, known: true}
	}
	return Time{at: proved, known: !clock.Add(Tolerance).Before(proved)}
}

// latest is the latest moment that is proved to have passed; zero: none is.
func (p Proof) latest() time.Time {
	if p.Mark.Reset < p.Reset || p.Mark.At.Before(p.SavedAt) {
		return p.SavedAt
	}
	return p.Mark.At
}

// Known is a moment that is known: that of a revision, for the question who was allowed what then. Nothing of the present
// is to be decided by it.
func Known(at time.Time) Time { return Time{at: at.Round(0), known: true} }

// At is the time, as well as it is known: while the clock is behind, the latest moment that is proved.
func (t Time) At() time.Time { return t.at }

// Behind reports whether the clock is behind what is proved, so that the time is not known.
func (t Time) Behind() bool { return !t.known }

// Before reports whether what ends at a moment surely goes on: what allows something counts only then.
func (t Time) Before(end time.Time) bool { return t.known && t.at.Before(end) }

// MaybeBefore reports whether what ends at a moment may go on: what denies something counts as long.
func (t Time) MaybeBefore(end time.Time) bool { return !t.known || t.at.Before(end) }
