package upstream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"latchkey/cmd/serve/api/call"
	"latchkey/db/model"
	"latchkey/perms"
)

const (
	// lookPause is between two looks at the open streams: together with lookLimit less than the second after which a
	// stream that is not allowed any more must be over (promise 1).
	lookPause = 250 * time.Millisecond
	// lookLimit is how long the user database may take to answer for all streams of a look.
	lookLimit = 500 * time.Millisecond
	// stallTimeout is how long a client may neither send a byte that is waited for nor take one.
	stallTimeout = 30 * time.Second
	// maxStreams is how many requests may be at other services, each with a connection of ours, unless a Config says so.
	maxStreams = 4096
	// userShare: one user has at most this part of them, so that nobody takes all places.
	userShare = 4
)

// streams are the requests that were passed on and whose answers are not over. One goroutine looks at all of them, as
// long as there are any. It is safe for concurrent use.
type streams struct {
	limit int

	mutex   sync.Mutex
	open    map[*stream]struct{}
	ofUsers map[int64]int // how many of them are whose; no user has more than a share
	looking bool
}

// add enters a stream; false: there are too many. look is called again and again until no stream is left, with the time
// since the last call.
func (s *streams) add(one *stream, look func(open []*stream, elapsed time.Duration)) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	user := one.call.Identity.UserID
	if len(s.open) >= s.limit || s.ofUsers[user] >= max(1, s.limit/userShare) {
		return false
	}
	if s.open == nil {
		s.open, s.ofUsers = map[*stream]struct{}{}, map[int64]int{}
	}
	s.open[one] = struct{}{}
	s.ofUsers[user]++
	if !s.looking {
		s.looking = true
		go s.watch(look)
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
	if s.ofUsers[user]--; s.ofUsers[user] == 0 {
		delete(s.ofUsers, user)
	}
}

func (s *streams) watch(look func(open []*stream, elapsed time.Duration)) {
	ticker := time.NewTicker(lookPause)
	defer ticker.Stop()
	for {
		<-ticker.C
		open := s.list()
		if open == nil {
			return
		}
		lookSafely(look, open)
	}
}

// lookSafely cuts all streams where a look does not come to its end: what it would have found is not known (H10).
func lookSafely(look func(open []*stream, elapsed time.Duration), open []*stream) {
	defer func() {
		if cause := recover(); cause != nil {
			for _, one := range open {
				one.cut(&call.PanicError{Cause: cause, Stack: debug.Stack()})
			}
		}
	}()
	look(open, lookPause)
}

// list returns the open streams; nil: there are none, and whoever is looking stops.
func (s *streams) list() []*stream {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.open) == 0 {
		s.looking = false
		return nil
	}
	return slices.Collect(maps.Keys(s.open))
}

// lookAtStreams cuts the streams that are not allowed any more, and those that do not move.
func (p *Proxy) lookAtStreams(open []*stream, elapsed time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(open[0].call.Request.Context()), lookLimit)
	defer cancel()
	for _, one := range open {
		if cause := p.reasonToCut(ctx, one, elapsed); cause != nil {
			one.cut(cause)
		}
	}
}

// reasonToCut asks of a stream what was asked when it began. Where that cannot be told, it may not go on (H10).
func (p *Proxy) reasonToCut(ctx context.Context, one *stream, elapsed time.Duration) error {
	if p.Available != nil && !p.Available() {
		return call.ErrUsers
	}
	was := one.call
	user, err := p.Users.Authenticate(ctx, was.Identity.Name, was.Token)
	switch {
	case errors.Is(err, model.ErrUnauthenticated):
		return errRevoked
	case err != nil:
		return fmt.Errorf("%w: %w", call.ErrUsers, err)
	case user.UserID != was.Identity.UserID: // another of the same name
		return errRevoked
	}
	route, err := call.FindRoute(user.Catalogue, was.Request.Method, was.Request.Host, was.Request.URL)
	switch {
	case err != nil || route.Resource.Backend != perms.Proxied || route.Resource.Upstream != was.Route.Resource.Upstream:
		return errChanged
	case !user.Decide(route.Request, p.Clock()).Allowed:
		return errRevoked
	}
	return one.stalled(elapsed)
}

// stalled is the reason to cut a stream that does not move.
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
