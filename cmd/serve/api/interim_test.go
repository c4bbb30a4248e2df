package api_test

import (
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
)

// TestFewInterimAnswersArePassedOn: a service that sends many interim responses (1xx) cannot make the server send as many.
func TestFewInterimAnswersArePassedOn(t *testing.T) {
	t.Parallel()
	const sent, passedOn = 20, 8
	w := newWorld(t, realClock)
	w.save(t, serviceAt("app", "/app", liar(t, strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", sent)+
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false)))
	got := 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(int, textproto.MIMEHeader) error { got++; return nil },
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.server.URL+"/app", nil)
	must(t, err)
	request.Header.Set("Authorization", w.authorization("admin"))
	w.speak(1)
	if answered := w.do(t, request); answered.status != 200 || answered.body != "abc" {
		t.Errorf("got %d %q, want 200 abc", answered.status, answered.body)
	}
	if got != passedOn {
		t.Errorf("got %d interim answers of %d, want %d", got, sent, passedOn)
	}
}
