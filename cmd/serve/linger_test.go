package serve

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestRefusalsOfClientsThatSend: a client that is refused while it sends can read why: at once, if it looks, and still after it
// has sent all, if it does not.
func TestRefusalsOfClientsThatSend(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	admin := basicOf(firstUser, r.firstToken(t))
	const size = 12 << 20
	for name, test := range map[string]struct {
		authorization, path, fields string
		want                        int
	}{
		"a stranger":          {wrong(t), "/api/v2/orders", "", http.StatusUnauthorized},
		"nobody":              {"", "/api/v2/orders", "", http.StatusUnauthorized},
		"closing":             {wrong(t), "/api/v2/orders", "Connection: close\r\n", http.StatusUnauthorized},
		"too large":           {admin, "/api/v2/orders", "", http.StatusRequestEntityTooLarge},
		"no resource":         {admin, "/api/v2/nothing", "", http.StatusNotFound},
		"no such method":      {admin, "/api/v2/time", "", http.StatusMethodNotAllowed},
		"two lengths":         {admin, "/api/v2/orders", "Content-Length: 7\r\n", http.StatusBadRequest},
		"too large in pieces": {admin, "/api/v2/orders", "Transfer-Encoding: chunked\r\n", http.StatusRequestEntityTooLarge},
	} {
		for _, looks := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, looks %v", name, looks), func(t *testing.T) {
				t.Parallel()
				conn := r.dialTLS(t)
				head := "POST " + test.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + test.fields
				if test.authorization != "" {
					head += "Authorization: " + test.authorization + "\r\n"
				}
				if strings.Contains(test.fields, "chunked") {
					head += fmt.Sprintf("\r\n%x\r\n", size)
				} else {
					head += fmt.Sprintf("Content-Length: %d\r\n\r\n", size)
				}
				sent := size
				if looks {
					sent = 2 << 20
				}
				if _, err := io.WriteString(conn, head+strings.Repeat("x", sent)); err != nil {
					t.Fatalf("the client could not send: %v", err)
				}
				readRefusal(t, conn, test.want)
			})
		}
	}
}

// readRefusal reads a whole response, which must not take as long as the body may.
func readRefusal(t *testing.T, conn *tls.Conn, want int) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(readTimeout * 2 / 3)); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("got no response: %v", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != want || !strings.HasPrefix(string(body), "[{") && want != http.StatusBadRequest {
		t.Errorf("got %d %s, %v; want %d", response.StatusCode, body, err, want)
	}
}
