package serve

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/cmd/serve/connection"
)

// wrong are well-formed credentials that are nobody's.
func wrong(t *testing.T) string {
	t.Helper()
	return request(t, http.MethodGet, "/", "nobody", "nothing").Header.Get("Authorization")
}

// TestOnlyCredentialsAuthenticate: unauthenticated clients who take their requests back, so that there never is an answer to judge
// them by, make room like any others.
func TestOnlyCredentialsAuthenticate(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.connections = 8
	r := start(t, s)
	token, authorization := r.firstToken(t), wrong(t)
	over := make(chan struct{})
	var group sync.WaitGroup
	for range s.connections {
		client := r.dialHTTP2(t, 1<<16)
		group.Go(func() { discard(client) })
		group.Go(func() {
			defer client.Close()
			again := time.NewTicker(connection.QuietTime / 20)
			defer again.Stop()
			for {
				for range 5 {
					if client.ask(authorization) != nil || client.reset() != nil {
						return
					}
				}
				select {
				case <-over:
					return
				case <-again.C:
				}
			}
		})
	}
	for i := range 3 {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: r.trust(t)}, Timeout: 10 * time.Second}
		response, err := client.Do(request(t, http.MethodGet, r.url+"/api/v2/time", firstUser, token))
		if err != nil {
			t.Errorf("user %d: got %v, want a place", i, err)
			continue
		}
		if response.Body.Close(); response.StatusCode != http.StatusOK {
			t.Errorf("user %d: got %d, want 200", i, response.StatusCode)
		}
		client.CloseIdleConnections()
	}
	close(over)
	group.Wait()
}

// TestRefusalsThatAreNotRead: a client that never lets the server send a body holds no request for long.
func TestRefusalsThatAreNotRead(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	client, authorization := r.dialHTTP2(t, 0), wrong(t)
	for range maxStreams {
		if err := client.ask(authorization); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.SetReadDeadline(time.Now().Add(connection.RefusalTimeout + 10*time.Second)); err != nil {
		t.Fatal(err)
	}
	reader, resets := bufio.NewReader(client), 0
	for resets < maxStreams {
		kind, stream, _, err := frame(reader)
		if err != nil {
			t.Fatalf("got %d answers given up (%v), want %d", resets, err, maxStreams)
		}
		switch kind {
		case frameData:
			t.Fatalf("stream %d: got a body, want none: the client allowed no byte", stream)
		case frameReset:
			resets++
		}
	}
}

// TestFloodStarvesNobody: unauthenticated clients with many more requests in flight than there is room for, which they keep so by not
// taking the answers. Users on new and on kept connections are answered all the time, those of many requests at once
// too.
func TestFloodStarvesNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("a flood takes seconds")
	}
	r := start(t, newServer(t))
	token, kept, authorization := r.firstToken(t), r.client(t), wrong(t)
	r.getTime(t, kept, firstUser, token)
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	var closed atomic.Int64
	config := r.trust(t)
	config.ServerName, config.NextProtos = "127.0.0.1", []string{"h2"}
	for range 2 * connection.MaxExtraRequests / maxStreams {
		group.Go(func() { closed.Add(keepFlooding(ctx, config, r.address(), authorization)) })
	}
	began, worst := time.Now(), time.Duration(0)
	for time.Since(began) < 2*connection.RefusalTimeout {
		for _, client := range []*http.Client{kept, r.client(t)} {
			asked := time.Now()
			askAtOnce(t, r, client, token)
			worst = max(worst, time.Since(asked))
		}
	}
	stop()
	group.Wait()
	if worst > 10*time.Second {
		t.Errorf("the slowest answer took %v", worst)
	}
	if closed.Load() == 0 {
		t.Error("no connection of an unauthenticated client was closed: there was no flood")
	}
	t.Logf("the slowest answer took %v, %d connections of unauthenticated clients were closed", worst, closed.Load())
}

// askAtOnce makes ten requests at the same time: on a new connection, some before any has proved who is there.
func askAtOnce(t *testing.T, r *running, client *http.Client, token string) {
	t.Helper()
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			response, err := client.Do(request(t, http.MethodGet, r.url+"/api/v2/time", firstUser, token))
			if err != nil {
				t.Errorf("during a flood: %v", err)
				return
			}
			defer response.Body.Close()
			if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
				t.Errorf("during a flood: got %d, %v, want 200", response.StatusCode, err)
			}
		})
	}
	group.Wait()
}

// keepFlooding fills one connection after the other with requests whose answers are not taken. It returns how many of
// the connections were closed for the sake of others.
func keepFlooding(ctx context.Context, config *tls.Config, address, authorization string) (closed int64) {
	dialer := tls.Dialer{Config: config}
	for ctx.Err() == nil {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			continue
		}
		client := &rawHTTP2{Conn: conn, stream: 1}
		err = client.greet(0)
		for i := 0; i < maxStreams && err == nil; i++ {
			err = client.ask(authorization)
		}
		_ = client.SetReadDeadline(time.Now().Add(connection.RefusalTimeout))
		if _, err := io.Copy(io.Discard, client); !errors.Is(err, os.ErrDeadlineExceeded) {
			closed++
		}
		client.Close()
	}
	return closed
}
