package fastpath_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"latchkey/cmd/serve/fastpath"
)

// TestLeft: a request that the handler leaves is net/http's, with nothing answered and all that follows.
func TestLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/b" && !fastpath.Leave(struct{ unwrapper }{unwrapper{w}}) {
			t.Error("got nobody to leave it to")
		}
	})
	s, rest, goesOn := w.serve(t, plain("/a")+plain("/b")+plain("/c"))
	if !goesOn || rest != plain("/b")+plain("/c") || strings.Count(s.written.String(), "HTTP/1.1 ") != 1 {
		t.Errorf("got %t, the rest %q, and written %q", goesOn, rest, s.written.String())
	}
	if fastpath.Leave(nil) {
		t.Error("got somebody to leave it to where there is net/http alone")
	}
}

type unwrapper struct{ http.ResponseWriter }

func (u unwrapper) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// TestPanics end the connection and are logged, but for the one by which a handler ends it.
func TestPanics(t *testing.T) {
	t.Parallel()
	for cause, logged := range map[any]bool{"trouble": true, http.ErrAbortHandler: false} {
		w := newWorld(func(http.ResponseWriter, *http.Request) { panic(cause) })
		s, _, goesOn := w.serve(t, plain("/a")+plain("/b"))
		if goesOn || s.written.Len() > 0 || len(w.paths) != 1 {
			t.Errorf("%v: got %t, written %q, asked for %q", cause, goesOn, s.written.String(), w.paths)
		}
		if got := strings.Contains(w.log.String(), `panic serving 192.0.2.7:1024: trouble\n`); got != logged {
			t.Errorf("%v: got the log %q", cause, w.log.String())
		}
	}
}

// TestLimits are those of net/http, and are not set anew for each request.
func TestLimits(t *testing.T) {
	t.Parallel()
	var w *world
	w = newWorld(func(http.ResponseWriter, *http.Request) { w.now = w.now.Add(400 * time.Millisecond) })
	s, _, _ := w.serve(t, plain("/1"), plain("/2"), plain("/3"), plain("/4"), plain("/5"))
	at := func(offsets ...time.Duration) (all []time.Time) {
		for _, offset := range offsets {
			all = append(all, startOfTests.Add(offset))
		}
		return all
	}
	const ms = time.Millisecond
	sameTimes(t, "read", s.reads, at(5*time.Second, 400*ms+time.Minute, 1600*ms+time.Minute))
	sameTimes(t, "write", s.writes, at(400*ms+30*time.Second, 1600*ms+30*time.Second))
}

func sameTimes(t *testing.T, what string, got, want []time.Time) {
	t.Helper()
	same := len(got) == len(want)
	for i := range got {
		same = same && got[i].Equal(want[i])
	}
	if !same {
		t.Errorf("%s limits: got %v, want %v", what, got, want)
	}
}

// client is a connection to a server in this process, and its reader.
type client struct {
	net.Conn
	*bufio.Reader
	ended chan bool // whether the connection goes on
}

func (w *world) connect(t *testing.T) *client {
	t.Helper()
	if w.now.Equal(startOfTests) { // no connection reads it yet
		w.now = time.Now() // the pipe has limits by this clock
	}
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close() })
	c := &client{ours, bufio.NewReader(ours), make(chan bool, 1)}
	go func() {
		_, goesOn := w.Serve(context.WithoutCancel(t.Context()), theirs)
		c.ended <- goesOn
	}()
	return c
}

func (c *client) Read(into []byte) (int, error) { return c.Reader.Read(into) }

func (c *client) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(c.Conn, text); err != nil {
		t.Fatal(err)
	}
}

// receive reads a response: its status, whether it is the last one, and its body.
func (c *client) receive(t *testing.T) (status int, last bool, body string) {
	t.Helper()
	response, err := http.ReadResponse(c.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Close, string(text)
}

// TestGoneClientsEndTheContext of their request, where somebody waits for that.
func TestGoneClientsEndTheContext(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}), make(chan error, 1)
	w := newWorld(func(_ http.ResponseWriter, r *http.Request) {
		done := r.Context().Done()
		close(begun)
		<-done
		ended <- r.Context().Err()
	})
	c := w.connect(t)
	c.send(t, plain("/a"))
	<-begun
	c.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if <-c.ended {
		t.Error("got a connection that goes on")
	}
}

// TestLimitOfTheHeadEndsNoRequest: who waits while a client is there waits as long as it likes.
func TestLimitOfTheHeadEndsNoRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
				t.Error("the context ended, want it to last: the client is there")
			case <-time.After(time.Hour):
			}
		})
		w.Clock = time.Now
		c := w.connect(t)
		for range 2 {
			c.send(t, plain("/a"))
			if got, _, _ := c.receive(t); got != http.StatusOK {
				t.Errorf("got %d, want 200", got)
			}
		}
		c.Close()
		<-c.ended
	})
}

// TestNextRequestsWhileWatched: what comes while a handler waits is neither lost nor the end, and each request has a context
// that lasts as long as it does.
func TestNextRequestsWhileWatched(t *testing.T) {
	t.Parallel()
	var contexts []context.Context //nolint:containedctx // to look at them later
	goOn := make(chan struct{})
	w := newWorld(func(w http.ResponseWriter, r *http.Request) {
		derived, cancel := context.WithCancel(r.Context())
		defer cancel()
		contexts = append(contexts, r.Context())
		if err := derived.Err(); err != nil {
			t.Errorf("%s: got %v at the beginning", r.URL.Path, err)
		}
		<-goOn
		if err := derived.Err(); err != nil {
			t.Errorf("%s: got %v at the end", r.URL.Path, err)
		}
		echo(w, r)
	})
	c := w.connect(t)
	c.send(t, plain("/1"))
	c.send(t, plain("/2")) // returns once it is read: the connection is watched
	for _, want := range []string{"/1", "/2"} {
		goOn <- struct{}{}
		if _, _, body := c.receive(t); body != want {
			t.Errorf("got %q, want %q", body, want)
		}
	}
	c.send(t, plain("/3"))
	goOn <- struct{}{}
	c.receive(t)
	c.Close()
	<-c.ended
	for i, one := range contexts {
		if one.Err() == nil {
			t.Errorf("request %d is over, and its context is not", i+1)
		}
	}
}

// TestStop: who waits is closed, who is answered gets that answer and is closed, and who comes later is closed at once.
func TestStop(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}), make(chan struct{})
	w := newWorld(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(begun)
			<-goOn
		}
		echo(w, r)
	})
	waiting, running := w.connect(t), w.connect(t)
	waiting.send(t, plain("/a"))
	waiting.receive(t)
	running.send(t, plain("/slow"))
	<-begun
	w.Stop()
	if _, err := waiting.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("waiting: got %v", err)
	}
	var stopped sync.WaitGroup
	stopped.Go(func() { w.Wait(t.Context()) })
	close(goOn)
	if _, last, body := running.receive(t); body != "/slow" || !last {
		t.Errorf("running: got %q, close %t", body, last)
	}
	stopped.Wait()
	if <-running.ended || <-waiting.ended || <-w.connect(t).ended {
		t.Error("got a connection that goes on")
	}
}

// TestStopDoesNotWaitForEver for a handler that does not end.
func TestStopDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}), make(chan struct{})
	w := newWorld(func(http.ResponseWriter, *http.Request) { close(begun); <-goOn })
	c := w.connect(t)
	c.send(t, plain("/a"))
	<-begun
	over, cancel := context.WithCancel(t.Context())
	cancel()
	w.Wait(over)
	if _, err := c.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
	close(goOn)
	<-c.ended
}
