package proof

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestNothingIsSmuggled sends requests that two readers could take for different ones, each with another one behind it,
// which has right credentials: the first is refused, the connection is closed, and the second is never answered (H8). What
// package serve tests within the process is shown here of the program as it is released.
func TestNothingIsSmuggled(t *testing.T) {
	t.Parallel()
	i := install(t, "user add ci --save", "perm grant ci orders:* --save")
	s := i.serve(t, "--access-log", "off")
	right := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ci:"+i.do(t, "token", "enable", "ci", "--save"))) + "\r\n"
	get := "GET /api/v2/time HTTP/1.1\r\nHost: x\r\n" + right
	post := "POST /api/v2/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + right
	const chunked, length, end = "Transfer-Encoding: chunked\r\n", "Content-Length: 5\r\n", "\r\n0\r\n\r\n"
	for name, first := range map[string]string{
		"CL and TE":                   post + length + chunked + end,
		"TE and CL":                   post + chunked + length + end,
		"CL and TE in other letters":  post + "content-length: 5\r\ntRANSFER-eNCODING: cHUNKED\r\n" + end,
		"two CL":                      post + length + "Content-Length: 6\r\n" + end,
		"the same CL twice":           post + length + length + end,
		"a list of CL":                post + "Content-Length: 5, 5\r\n" + end,
		"CL with a plus":              post + "Content-Length: +5\r\n" + end,
		"CL with a minus":             post + "Content-Length: -5\r\n" + end,
		"CL in hex":                   post + "Content-Length: 0x5\r\n" + end,
		"CL without a number":         post + "Content-Length: \r\n" + end,
		"CL of two numbers":           post + "Content-Length: 5 5\r\n" + end,
		"CL, a space and a colon":     post + "Content-Length : 5\r\n" + end,
		"TE, a space and a colon":     post + "Transfer-Encoding : chunked\r\n" + end,
		"TE, a tab and a colon":       post + "Transfer-Encoding\t: chunked\r\n" + end,
		"TE behind a space":           post + " Transfer-Encoding: chunked\r\n" + end,
		"TE in a folded line":         post + "Transfer-Encoding:\r\n chunked\r\n" + end,
		"TE with a vertical tab":      post + "Transfer-Encoding: \vchunked\r\n" + end,
		"TE unknown":                  post + "Transfer-Encoding: xchunked\r\n" + end,
		"TE identity":                 post + "Transfer-Encoding: identity\r\n" + end,
		"TE chunked and identity":     post + "Transfer-Encoding: chunked, identity\r\n" + end,
		"TE chunked twice":            post + chunked + chunked + end,
		"TE and another TE":           post + chunked + "Transfer-Encoding: identity\r\n" + end,
		"bare LF before a field":      get + "X-A: a\nContent-Length: 5\r\n\r\n",
		"bare LF before the end":      get + "X-A: a\r\n\n",
		"bare LF everywhere":          strings.ReplaceAll(get+"\r\n", "\r\n", "\n"),
		"bare LF behind a chunk size": post + chunked + "\r\n2\n{}\r\n0\r\n\r\n",
		"bare CR in a field":          get + "X-A: a\rContent-Length: 5\r\n\r\n",
		"a folded field":              get + "X-A: a\r\n Content-Length: 5\r\n\r\n",
		"a NUL in a field":            get + "X-A: a\x00\r\n\r\n",
	} {
		answers := s.tell(t, first+get+"\r\n")
		if len(answers) != 1 || (answers[0] != http.StatusBadRequest && answers[0] != http.StatusNotImplemented) {
			t.Errorf("%s: got the answers %v and the end, want 400 alone", name, answers)
		}
	}
	last := strings.Replace(get, "Host: x\r\n", "Host: x\r\nConnection: close\r\n", 1) + "\r\n"
	if answers := s.tell(t, get+"\r\n"+last); fmt.Sprint(answers) != "[200 200]" {
		t.Errorf("two right requests: got the answers %v: the test is blind", answers)
	}
}

// tell sends a text on a connection of its own and returns the status of each answer there is until the server closes it.
func (s *server) tell(t *testing.T, text string) (answers []int) {
	t.Helper()
	conn, err := (&tls.Dialer{Config: s.trust}).DialContext(t.Context(), "tcp", s.address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	told, err := io.ReadAll(conn)
	if err != nil {
		t.Errorf("the connection does not end as it should: %v", err)
	}
	for reader := bufio.NewReader(bytes.NewReader(told)); ; {
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			return answers
		}
		answers = append(answers, answer.StatusCode)
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
	}
}
