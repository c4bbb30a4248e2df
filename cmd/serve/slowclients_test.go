package serve

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/cmd/serve/connection"
)

// slowClients opens connections that never get to the end of a request, each stuck at another point, and keeps them
// until the test is over. It returns how many the server let in.
func slowClients(t *testing.T, r *running, count int) int {
	t.Helper()
	var opened atomic.Int64
	config := r.trust(t)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := worker; i < count; i += 8 {
				conn := slowClient(t.Context(), r.address(), i%4, config)
				if conn != nil {
					opened.Add(1)
					t.Cleanup(func() { conn.Close() })
				}
			}
		})
	}
	group.Wait()
	return int(opened.Load())
}

// slowClient returns nil where the server has had enough of it already.
func slowClient(ctx context.Context, address string, stuck int, config *tls.Config) net.Conn {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil
	}
	if stuck < 2 {
		if stuck == 1 { // the head of a TLS record and of a greeting, no more
			_, _ = conn.Write([]byte{22, 3, 1, 2, 0, 1, 0, 1, 252})
		}
		return conn
	}
	config = config.Clone()
	config.ServerName = "127.0.0.1"
	secured := tls.Client(conn, config)
	limited, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if secured.HandshakeContext(limited) != nil {
		return conn
	}
	text := "GET /api/v2/time HTTP/1.1\r\nHost: x\r\nX-Slow: "
	if stuck == 3 {
		text = "POST /api/v2/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"
	}
	_, _ = io.WriteString(secured, text)
	return secured
}

// TestSlowClientsStarveNobody: a valid client succeeds every time while a thousand slow ones are connected, with room
// for all of them and with far too little (H5).
func TestSlowClientsStarveNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand connections take seconds")
	}
	for _, limit := range []int{connection.MaxConnections, 250} {
		t.Run(fmt.Sprint("room for ", limit), func(t *testing.T) {
			s := newServer(t)
			s.connections = limit
			r := start(t, s)
			token, kept := r.firstToken(t), r.client(t)
			r.getTime(t, kept, "admin", token)

			attacked, opened := make(chan struct{}), 0
			go func() { opened = slowClients(t, r, 1000); close(attacked) }()
			requests, worst := 0, time.Duration(0)
			for over := false; !over || requests < 100; requests++ {
				select {
				case <-attacked:
					over = true
				default:
				}
				began := time.Now()
				fresh := &http.Client{Transport: &http.Transport{TLSClientConfig: r.trust(t)}, Timeout: 20 * time.Second}
				for _, client := range []*http.Client{kept, fresh} {
					if got := r.getTime(t, client, "admin", token); got.status != http.StatusOK {
						t.Fatalf("request %d: got %d, want 200", requests, got.status)
					}
				}
				fresh.CloseIdleConnections()
				worst = max(worst, time.Since(began))
			}
			<-attacked
			if opened < 1000 {
				t.Errorf("got %d slow connections, want 1000: there was no attack", opened)
			}
			if worst > 10*time.Second {
				t.Errorf("the slowest of %d valid requests took %v", requests, worst)
			}
			t.Logf("%d valid requests, new connections and kept ones, the slowest %v", 2*requests, worst)
		})
	}
}
