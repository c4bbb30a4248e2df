package serve

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"latchkey/db"
	"latchkey/db/data"
	"latchkey/perms/verifiedtime"
)

// markPause is between two marks of the clock: so much time can be taken back without anybody knowing (T5).
const markPause = time.Minute

// clockMark is the latest moment that the clock is known to have shown: in memory for every decision, and in the data file
// for whoever starts later. It is safe for concurrent use.
type clockMark struct {
	current atomic.Pointer[verifiedtime.Mark] // nil: none is known yet
	behind  bool                              // the clock, when it was last looked at
	failing bool                              // the last mark could not be written
}

// latest is what decisions ask.
func (m *clockMark) latest() verifiedtime.Mark {
	if mark := m.current.Load(); mark != nil {
		return *mark
	}
	return verifiedtime.Mark{}
}

// read takes over the mark of the data file. Where it cannot be read, the revisions prove what they do.
func (m *clockMark) read(ctx context.Context, documents *data.Data, log *slog.Logger) {
	mark, err := documents.ClockMark(ctx)
	if err != nil {
		log.Warn("what the clock has shown earlier cannot be read: that it is set back may not be noticed", "error", err)
		return
	}
	m.current.Store(&mark)
}

// keepClockMark marks what the clock shows after each pause, until the context ends.
func (s *server) keepClockMark(ctx context.Context, of *stores) {
	ticker := time.NewTicker(s.markPause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.markClock(ctx, of)
		}
	}
}

// markClock marks what the clock shows, and reports whether it is behind, when that changes. A mark that cannot be written
// still counts in this process.
func (s *server) markClock(ctx context.Context, of *stores) {
	proof, err := of.users.TimeProof(ctx)
	if err != nil {
		return // who asks whether the database can be read says so
	}
	mark := of.mark.latest().Raise(verifiedtime.Mark{At: s.Clock(), Reset: proof.Reset})
	stored, err := of.documents.RaiseClockMark(ctx, mark)
	if err == nil {
		mark = mark.Raise(stored)
	}
	of.mark.current.Store(&mark)
	of.mark.reportWriting(s.Log, err)
	proof.Mark = mark
	of.mark.reportClock(s.Log, verifiedtime.Verify(s.Clock(), proof), s.Clock())
}

func (m *clockMark) reportWriting(log *slog.Logger, err error) {
	was := m.failing
	m.failing = err != nil && !errors.Is(err, db.ErrBusy) && !errors.Is(err, context.Canceled)
	if m.failing && !was {
		log.Warn("what the clock shows cannot be kept: after a restart a clock that is set back may not be noticed", "error", err)
	}
}

func (m *clockMark) reportClock(log *slog.Logger, now verifiedtime.Time, clock time.Time) {
	was := m.behind
	m.behind = now.Behind()
	switch {
	case m.behind && !was:
		log.Error("clock is behind: tokens that retire and rules that end count as ended, and saves may only take away; set the clock right, or see 'latchkey doctor'",
			"clock", clock.UTC().Format(time.RFC3339), "passed", now.At().UTC().Format(time.RFC3339))
	case was && !m.behind:
		log.Info("clock is right again")
	}
}
