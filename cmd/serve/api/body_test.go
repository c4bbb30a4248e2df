package api_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestBodiesOfUnknownLength: the limit also holds for a body without Content-Length.
func TestBodiesOfUnknownLength(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{1, 2} {
		w := newWorld(t)
		w.speak(protocol)
		for _, test := range []struct {
			size, want int
		}{{100, 201}, {large, 201}, {large + 1, 413}, {3 * large, 413}} {
			body := `{"a":"` + strings.Repeat("x", test.size-8) + `"}`
			request, err := http.NewRequestWithContext(t.Context(), "POST", w.server.URL+"/api/v2/orders", io.MultiReader(strings.NewReader(body)))
			must(t, err)
			request.Header.Set("Authorization", w.authorization("admin"))
			request.Header.Set("Content-Type", "application/json")
			if got := w.do(t, request); got.status != test.want {
				t.Errorf("HTTP/%d, %d bytes: got %d %.200s, want %d", protocol, test.size, got.status, got.body, test.want)
			}
		}
	}
}

// TestBodiesOnTheWire sends requests that a Go client cannot send.
func TestBodiesOnTheWire(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, fields, body string
		want               int
	}{
		{"broken chunks", "Transfer-Encoding: chunked\r\n", "zz\r\n", 400},
		{"chunks", "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n", 201},
		{"too large, and waiting for 100", fmt.Sprintf("Content-Length: %d\r\nExpect: 100-continue\r\n", large+1), "", 413},
		{"two content types", "Content-Type: application/json\r\nContent-Length: 2\r\n", "{}", 415},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			before := w.state(t)
			got := w.raw(t, "POST /api/v2/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"+
				"Authorization: "+w.authorization("admin")+"\r\n"+test.fields+"\r\n"+test.body)
			if got.status != test.want {
				t.Errorf("got %d %s, want %d", got.status, got.body, test.want)
			}
			if changed := w.state(t) != before; changed != (test.want == 201) {
				t.Errorf("the databases changed: got %v", changed)
			}
		})
	}
}
