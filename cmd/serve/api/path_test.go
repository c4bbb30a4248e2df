package api_test

import "testing"

// TestHiddenSlashesAreNoSlashes: one segment of a path for a proxy in front is never two segments here. Authentication comes
// first, as for every path.
func TestHiddenSlashesAreNoSlashes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{
		"/api/v2/orders%2F1", "/api/v2/orders%2f1", "/api%2Fv2/time", "%2Fapi/v2/time", "/api/v2/time%2F", "/api/v2/%74ime%2f",
		`/api/v2\time`, "/api/v2%5Ctime", "/api/v2%5ctime", "/api/v2/orders%2F..%2Ftime", "/api/v2/orders/%2e%2e/time", "/api/v2/orders/../time",
		"/api/v2/orders%252F1", "//api/v2/time", "/api/v2//time",
	} {
		for _, method := range []string{"GET", "DELETE", "OPTIONS"} {
			for persona, want := range map[string]int{"nobody": 401, "wrong": 401, "admin": 404} {
				text := method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
				if value := w.authorization(persona); value != "" {
					text += "Authorization: " + value + "\r\n"
				}
				if path[0] != '/' { // no request target
					want = 400
				}
				if got := w.raw(t, text+"\r\n"); got.status != want {
					t.Errorf("%s %s as %s: got %d, want %d", method, path, persona, got.status, want)
				}
			}
		}
	}
	for _, path := range []string{"/api/v2/time", "/api/v2/%74ime"} {
		if got := w.request(t, "admin", "GET", path, ""); got.status != 200 {
			t.Errorf("%s: got %d, want 200", path, got.status)
		}
	}
}
