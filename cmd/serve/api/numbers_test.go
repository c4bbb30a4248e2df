package api_test

import (
	"strings"
	"testing"
)

// TestNumbersBeyondInt64: a filter never takes one number for another, however large they are. A DELETE would remove the wrong one.
func TestNumbersBeyondInt64(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, body := range []string{`{"h":18446744073709551614}`, `{"h":18446744073709551615}`, `{"h":1e400}`, `{"h":12e4567}`, `{"h":"12e4567"}`, `{"h":9223372036854775808}`} {
		expect(t, w.request(t, "admin", "POST", "/api/v2/brands", body), 201)
	}
	for filter, want := range map[string]string{
		"h=18446744073709551615": `{"count":1}`, "h=018446744073709551614": `{"count":1}`, "h=18446744073709551616": `{"count":0}`,
		"h=1e400": `{"count":1}`, "h=12e4567": `{"count":2}`, "h=9223372036854775807": `{"count":0}`, "min_h=9223372036854775807": `{"count":6}`,
		"h=1e1000000000": `{"count":0}`,
	} {
		if got := w.request(t, "admin", "GET", "/api/v2/brands/count?"+filter, ""); got.status != 200 || strings.TrimSpace(got.body) != want {
			t.Errorf("%s: got %d %s, want %s", filter, got.status, got.body, want)
		}
	}
	for _, filter := range []string{"min_h=18446744073709551615", "max_h=1e400", "min_h=9007199254740993.5", "id=18446744073709551617", "max_id=1e1000000000"} {
		if got := w.request(t, "admin", "DELETE", "/api/v2/brands?"+filter, ""); got.status != 400 || !strings.Contains(got.body, "more digits than can be compared") {
			t.Errorf("DELETE %s: got %d %s", filter, got.status, got.body)
		}
	}
	expect(t, w.request(t, "admin", "DELETE", "/api/v2/brands?h=18446744073709551615", ""), 204)
	if got := w.request(t, "admin", "GET", "/api/v2/brands?max_id=2", ""); !strings.Contains(got.body, "18446744073709551614") || strings.Contains(got.body, "18446744073709551615") {
		t.Errorf("after the DELETE there is %s", got.body)
	}
	expect(t, w.request(t, "admin", "GET", "/api/v2/requestlogs?min_status=1e400", ""), 400)
}
