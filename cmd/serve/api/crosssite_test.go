package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestPagesOfOtherSitesChangeNothing: a browser adds credentials to requests that any page makes it send (CSRF).
func TestPagesOfOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	w := newAuthorizeWorld(t)
	host := strings.TrimPrefix(w.server.URL, "https://")
	for name, c := range map[string]struct {
		method, path string
		fields       []string
		want         int
	}{
		"no browser":              {"POST", "/api/v2/users/idle/token", nil, 202},
		"our own page":            {"POST", "/api/v2/users/idle/token", []string{"Sec-Fetch-Site: same-origin", "Origin: https://" + host}, 202},
		"typed by the user":       {"POST", "/api/v2/users/idle/token", []string{"Sec-Fetch-Site: none"}, 202},
		"another site":            {"POST", "/api/v2/users/idle/token", []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}, 403},
		"a neighbour":             {"POST", "/api/v2/draft/save", []string{"Sec-Fetch-Site: same-site"}, 403},
		"an older browser":        {"POST", "/api/v2/token", []string{"Origin: https://evil.example"}, 403},
		"another port":            {"POST", "/api/v2/token", []string{"Origin: https://127.0.0.1:1"}, 403},
		"nobody's page":           {"DELETE", "/api/v2/orders/1", []string{"Origin: null"}, 403},
		"PUT":                     {"PUT", "/api/v2/orders/1", []string{"Sec-Fetch-Site: cross-site"}, 403},
		"unknown to browsers":     {"POST", "/api/v2/draft/save", []string{"Sec-Fetch-Site: nearby"}, 403},
		"reading":                 {"GET", "/api/v2/time", []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}, 200},
		"asking":                  {"OPTIONS", "/api/v2/orders", []string{"Sec-Fetch-Site: cross-site"}, 200},
		"a WebSocket":             {"GET", "/app", []string{"Connection: Upgrade", "Upgrade: websocket", "Origin: https://evil.example"}, 403},
		"a proxy, another site":   {"GET", "/authorize", []string{"X-Original-URI: /app", "X-Original-Method: POST", "Sec-Fetch-Site: cross-site"}, 403},
		"a proxy, our page":       {"GET", "/authorize", []string{"X-Original-URI: /app", "X-Original-Method: POST", "Origin: https://" + host}, 200},
		"a proxy, reading":        {"GET", "/authorize", []string{"X-Original-URI: /app", "X-Original-Method: GET", "Sec-Fetch-Site: cross-site"}, 200},
		"a proxy, and WebSocket":  {"GET", "/authorize", []string{"X-Original-URI: /app", "X-Original-Method: GET", "Sec-WebSocket-Key: eA==", "Origin: https://evil.example"}, 403},
		"before it, who it is":    {"POST", "/api/v2/nowhere", []string{"Sec-Fetch-Site: cross-site", "Authorization: Basic eDp5"}, 401},
		"a proxy, and no browser": {"GET", "/authorize", []string{"X-Original-URI: /app", "X-Original-Method: DELETE"}, 200},
	} {
		got := w.raw(t, c.method+" "+c.path+" HTTP/1.1\r\nHost: "+host+"\r\n"+strings.Join(credentialsFirst(w, c.fields), "\r\n")+"\r\nContent-Length: 0\r\n\r\n")
		if got.status != c.want {
			t.Errorf("%s: got %d %s, want %d", name, got.status, got.body, c.want)
		}
		if got.status == http.StatusForbidden && !strings.Contains(got.body, "another site") {
			t.Errorf("%s: got %s, want the reason", name, got.body)
		}
	}
}

// credentialsFirst adds the credentials of admin to fields without any.
func credentialsFirst(w *world, fields []string) []string {
	for _, field := range fields {
		if strings.HasPrefix(field, "Authorization:") {
			return fields
		}
	}
	return append([]string{"Authorization: " + w.authorization("admin")}, fields...)
}
