package upstream_test

import (
	"errors"
	"testing"

	"latchkey/cmd/serve/api/upstream"
)

func TestParseAllowed(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"grafana", "grafana:3000", "Grafana.internal.", "10.0.0.5", "10.0.0.5:80", "10.0.0.0/8", "::1", "[::1]:3000", "fd00::/8", "unix:/run/app.sock", "unix:/run/apps/"} {
		if _, err := upstream.ParseAllowed([]string{"localhost", text}); err != nil {
			t.Errorf("%q: got %v", text, err)
		}
	}
	for _, text := range []string{"", " ", ":80", "grafana:", "grafana:0", "grafana:70000", "grafana:http", "http://grafana", "grafana/x", "10.0.0.5/8", "10.0.0.0/33", "::ffff:10.0.0.0/104", "fe80::1%eth0",
		"unix:", "unix:/", "unix:run/app.sock", "unix:/run/../etc", "unix:/run//app.sock", "unix:app", "*", "gra fana", "[::1]"} {
		if _, err := upstream.ParseAllowed([]string{"localhost", text}); !errors.Is(err, upstream.ErrAllowed) {
			t.Errorf("%q: got %v, want ErrAllowed", text, err)
		}
	}
}
