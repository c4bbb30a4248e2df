package upstream

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"latchkey/cmd/serve/api/call"
)

const (
	// checkInterval is the time between two checks of the open streams. Together with checkTimeout it is less than the second
	// after which a stream that is no longer allowed must be over (promise 1).
	checkInterval = 250 * time.Millisecond
	// checkTimeout is how long one check of all streams may wait for the user database.
	checkTimeout = 500 * time.Millisecond
	// stallTimeout is how long a client may send no byte that is expected, or read none.
	stallTimeout = 30 * time.Second
	// maxStreams is how many streams there may be, each with a connection to a service, unless a Config says otherwise.
	maxStreams = 4096
	// pageTime is how long a response of unknown length may go on before it counts as one that has no end.
	pageTime = 2 * time.Second
	// userShare: one user may have one part in so many of them.
	userShare = 4
)

// streams are all open streams. One goroutine checks them, as long as there are any. It is safe for concurrent use.
type streams struct {
	limit int

	mutex    sync.Mutex
	open     map[*stream]struct{}
	users    map[int64]int // how many streams each user has
	watching bool
}

// add adds a stream; false: there are too many. check is called with all open streams and the time since the last call, again
// and again until no stream is left.
func (s *streams) add(one *stream, check func(open []*stream, elapsed time.Duration)) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	user := one.call.Identity.UserID
	if len(s.open) >= s.limit || s.users[user] >= max(1, s.limit/userShare) {
		return false
	}
	if s.open == nil {
		s.open, s.users = map[*stream]struct{}{}, map[int64]int{}
	}
	s.open[one] = struct{}{}
	s.users[user]++
	if !s.watching {
		s.watching = true
		go s.watch(check)
	}
	return true
}

func (s *streams) remove(one *stream) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, open := s.open[one]; !open {
		return
	}
	delete(s.open, one)
	user := one.call.Identity.UserID
	if s.users[user]--; s.users[user] == 0 {
		delete(s.users, user)
	}
}

func (s *streams) watch(check func(open []*stream, elapsed time.Duration)) {
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	for {
		<-ticker.C
		open := s.list()
		if open == nil {
			return
		}
		checkSafely(check, open)
	}
}

// checkSafely cuts all streams if a check panics: what it would have found is not known (H10).
func checkSafely(check func(open []*stream, elapsed time.Duration), open []*stream) {
	defer func() {
		if cause := recover(); cause != nil {
			for _, one := range open {
				one.cut(&call.PanicError{Cause: cause, Stack: debug.Stack()})
			}
		}
	}()
	check(open, checkInterval)
}

// list returns the open streams; nil: there are none, and the goroutine that checks them stops.
func (s *streams) list() []*stream {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.open) == 0 {
		s.watching = false
		return nil
	}
	return slices.Collect(maps.Keys(s.open))
}

// checkStreams cuts the streams that are no longer allowed, those that do not move, and at a stop those that have no end.
func (p *Proxy) checkStreams(open []*stream, elapsed time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(open[0].call.Request.Context()), checkTimeout)
	defer cancel()
	ending, now := p.Ending != nil && p.Ending(), p.Clock()
	for _, one := range open {
		cause := reasonToCut(ctx, one, elapsed)
		if cause == nil && ending && one.isEndless(now) {
			cause = errStopping
		}
		if cause != nil {
			one.cut(cause)
		}
	}
}

// isEndless tells whether a stream cannot be expected to end by itself: a connection that was upgraded, or a response that did
// not say how long it is and has gone on for longer than a page that is put together takes.
func (s *stream) isEndless(now time.Time) bool {
	s.mutex.Lock()
	upgraded := s.hijacked != nil
	s.mutex.Unlock()
	since := s.openSince.Load()
	return upgraded || since != 0 && now.Sub(time.Unix(0, since)) >= pageTime
}

// reasonToCut finds out why a stream must end: its request is no longer allowed, that cannot be decided (H10), or no byte moves.
func reasonToCut(ctx context.Context, one *stream, elapsed time.Duration) error {
	if err := one.denied(ctx); err != nil {
		return err
	}
	return one.stalled(elapsed)
}

// denied is nil as long as the request is allowed and is for the same service.
func (s *stream) denied(ctx context.Context) error {
	if err := s.call.DecideAgain(ctx); err != nil {
		return fmt.Errorf("%w: %w", errRevoked, err)
	}
	return nil
}

// mayPass is called when something has come from the client and before it is passed on: the service gets nothing that came
// after a revocation (H11). A stream whose request is no longer allowed is cut.
func (s *stream) mayPass() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.call.Request.Context()), checkTimeout)
	defer cancel()
	err := s.denied(ctx)
	if err != nil {
		s.cut(err)
	}
	return err
}

// stalled is the reason to cut a stream that does not move; nil: it moves.
func (s *stream) stalled(elapsed time.Duration) error {
	fromClient, toClient := s.fromClient.stalled(elapsed, stallTimeout), s.toClient.stalled(elapsed, stallTimeout)
	toService := s.toService.stalled(elapsed, s.timeout)
	switch {
	case fromClient || toClient:
		return errClientSlow
	case toService && !s.responded.Load():
		return fmt.Errorf("%w (%v)", errServiceSlow, s.timeout)
	}
	return nil
}
