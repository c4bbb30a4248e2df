package call_test

import (
	"testing"

	"latchkey/cmd/serve/api/call"
)

// TestHosts: what a proxy in front would trim to another host is none.
func TestHosts(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"a.example": true, "A.example.": true, "a.example:8443": true, "a.example:": true, "127.0.0.1:80": true, "[::1]": true,
		"[::1]:8443": true, "a_b-c.example": true,
		"": false, ".": false, "a.example..": false, "a.example]": false, "[a.example]": false, "[::1": false, "::1": false,
		"a.example:80:90": false, "a.example:http": false, "a b": false, "a/b": false, "[::1]x": false, ":80": false,
	} {
		if got := call.IsHost(host); got != want {
			t.Errorf("%q: got %v, want %v", host, got, want)
		}
	}
}
