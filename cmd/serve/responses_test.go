package serve

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestResponsesThatAreNotRead: one connection asks for large pages in many streams, of which it lets the server send
// nothing. Together they hold no more than a user's share; once the connection is gone, all of it is free.
func TestResponsesThatAreNotRead(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	client, token := r.client(t), r.firstToken(t)
	ask := func(method, body string) answerOf {
		asked := request(t, method, r.url+"/api/v2/orders", firstUser, token)
		asked.Header.Set("Content-Type", "application/json")
		asked.Body = io.NopCloser(strings.NewReader(body))
		return do(t, client, asked)
	}
	for range 7 {
		if got := ask(http.MethodPost, `{"note":"`+strings.Repeat("n", 1_000_000)+`"}`); got.status != http.StatusCreated {
			t.Fatalf("got %d %s", got.status, got.body)
		}
	}
	slow, authorization := r.dialHTTP2(t, 0), request(t, http.MethodGet, r.url, firstUser, token).Header.Get("Authorization")
	for range 20 {
		if err := slow.askFor("/api/v2/orders", authorization); err != nil {
			t.Fatal(err)
		}
	}
	await := func(want int, when string) {
		got := 0
		for limit := time.Now().Add(time.Minute); got != want && time.Now().Before(limit); {
			got = ask(http.MethodGet, "").status
		}
		if got != want {
			t.Errorf("%s: got %d, want %d", when, got, want)
		}
	}
	await(http.StatusServiceUnavailable, "while 20 pages of 7 MB wait")
	if err := slow.Close(); err != nil {
		t.Fatal(err)
	}
	await(http.StatusOK, "after the connection is gone")
}
