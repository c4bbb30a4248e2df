package upstream

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"latchkey/cmd/serve/api/call"
	"latchkey/db/snapshot"
)

// TestPipesStall: what waits without moving for the limit, and nothing else.
func TestPipesStall(t *testing.T) {
	t.Parallel()
	const limit = time.Second
	check := func(p *pipe) bool { return p.stalled(limit/4, limit) }
	var idle pipe
	for range 100 {
		if check(&idle) {
			t.Fatal("what waits for nothing is stalled")
		}
	}
	var moving pipe
	for range 100 {
		moving.begin()
		if check(&moving) {
			t.Fatal("what moves is stalled")
		}
	}
	var slow pipe // it moves just in time
	for range 10 {
		slow.begin()
		for range 4 {
			if check(&slow) {
				t.Fatal("what moved just now is stalled")
			}
		}
		slow.end()
	}
	var stuck pipe
	stuck.begin()
	checks := 1
	for ; !check(&stuck) && checks < 100; checks++ {
	}
	if checks != 5 { // the first one sees that it has moved
		t.Errorf("found to be stalled at check %d, want 5", checks)
	}
	stuck.end()
	if check(&stuck) {
		t.Error("what does not wait any more is stalled")
	}
}

// TestWhoIsToBlame: a client that does not take or send is told so, a service that takes nothing is another matter, unless
// it has answered already.
func TestWhoIsToBlame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		begin    func(s *stream)
		answered bool
		want     error
	}{
		"nobody":                        {func(*stream) {}, false, nil},
		"a client that sends nothing":   {func(s *stream) { s.fromClient.begin() }, false, errClientSlow},
		"a client that takes nothing":   {func(s *stream) { s.toClient.begin() }, true, errClientSlow},
		"a service that takes nothing":  {func(s *stream) { s.toService.begin() }, false, errServiceSlow},
		"a service that wants no more":  {func(s *stream) { s.toService.begin() }, true, nil},
		"a service that got everything": {func(s *stream) { s.toService.begin(); s.toService.end() }, false, nil},
	} {
		s := &stream{timeout: stallTimeout}
		c.begin(s)
		s.responded.Store(c.answered)
		var got error
		for range 1 + int(stallTimeout/checkInterval) {
			got = s.stalled(checkInterval)
		}
		if !errors.Is(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// TestStreamsAreCounted: no more than the limit, and the checks stop when there are none.
func TestStreamsAreCounted(t *testing.T) {
	t.Parallel()
	all := streams{limit: 2}
	check := func([]*stream, time.Duration) {}
	one, two := streamOf(1), streamOf(2)
	if !all.add(one, check) || !all.add(two, check) || all.add(streamOf(3), check) {
		t.Fatal("want two and no third")
	}
	all.remove(one)
	all.remove(one) // it is gone
	if !all.add(streamOf(1), check) {
		t.Error("a place that became free was not given")
	}
	watching := func() bool { // the checks run beside this test
		all.mutex.Lock()
		defer all.mutex.Unlock()
		return all.watching
	}
	if got := len(all.list()); got != 2 || !watching() {
		t.Errorf("got %d streams, watching: %v", got, watching())
	}
	all.mutex.Lock()
	clear(all.open)
	all.mutex.Unlock()
	if all.list() != nil || watching() {
		t.Error("nothing is open, and the checks go on")
	}
}

func streamOf(user int64) *stream {
	return &stream{call: &call.Call{Identity: snapshot.Identity{UserID: user}}}
}

// TestNobodyTakesAllPlaces: a user has a share, and gets it back.
func TestNobodyTakesAllPlaces(t *testing.T) {
	t.Parallel()
	all := streams{limit: 8}
	check := func([]*stream, time.Duration) {}
	first := streamOf(1)
	if !all.add(first, check) || !all.add(streamOf(1), check) || all.add(streamOf(1), check) {
		t.Error("want a quarter for one user")
	}
	if !all.add(streamOf(2), check) {
		t.Error("another user got no place")
	}
	all.remove(first)
	if !all.add(streamOf(1), check) {
		t.Error("a place that became free was not given")
	}
}

// TestAPanickingCheckCutsAll: the process lives on, and what was not checked does not (H10).
func TestAPanickingCheckCutsAll(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	w := deadlines{}
	s := &stream{cancel: cancel, control: http.NewResponseController(&w)}
	checkSafely(func([]*stream, time.Duration) { panic("a bug") }, []*stream{s})
	if ctx.Err() == nil || s.cause() == nil {
		t.Error("the stream goes on")
	}
}

// TestCutAfterTheEndIsNothing: the connection may have its next request by then.
func TestCutAfterTheEndIsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	w := deadlines{}
	s := &stream{cancel: cancel, control: http.NewResponseController(&w)}
	s.started.Store(true)
	s.finish(time.Now)
	set := w.set
	s.cut(errRevoked)
	if ctx.Err() != nil || s.cause() != nil || w.set != set {
		t.Errorf("got %v, cause %v and %d deadlines more", ctx.Err(), s.cause(), w.set-set)
	}
}

// deadlines counts those that are set.
type deadlines struct {
	http.ResponseWriter
	set int
}

func (d *deadlines) SetReadDeadline(time.Time) error  { d.set++; return nil }
func (d *deadlines) SetWriteDeadline(time.Time) error { d.set++; return nil }
