package api_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/db/data"
)

func TestRequestLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.data.AppendRequestLogs(t.Context(), []data.RequestLog{
		{Time: now, Username: "alice", Resource: "orders", Method: "GET", QueryString: "page=2", Status: 200, UserAgent: "curl/8",
			RequestID: "abc", Duration: 1500 * time.Microsecond, RemoteAddress: "127.0.0.1"},
		{Time: now.Add(time.Second), Method: "GET", Status: 401},
		{Time: now.Add(2 * time.Second), Username: "bob", Resource: "products", Method: "DELETE", Status: 403},
	}, 100))
	first := `{"id":1,"request_time":"Sun, 01 Mar 2026 12:00:00 +0000","user":"alice","resource":"orders","method":"GET","query_string":"page=2",` +
		`"status":200,"user_agent":"curl/8","request_id":"abc","duration_us":1500,"remote_address":"127.0.0.1"}`
	for _, test := range []struct {
		as, path string
		status   int
		want     string // begins the body
	}{
		{"admin", "", 200, "[" + first + `,{"id":2,"request_time":"Sun, 01 Mar 2026 12:00:01 +0000","user":null,`},
		{"admin", "/1", 200, first + "\n"},
		{"admin", "/9", 404, `[{"status":404,`},
		{"admin", "?sort=id:desc&limit=1", 200, `[{"id":3,`},
		{"admin", "?page=2", 204, ""},
		{"admin", "?user=bob", 200, `[{"id":3,`},
		{"admin", "?user=", 200, `[{"id":2,`},
		{"admin", "?min_status=400&method=GET", 200, `[{"id":2,`},
		{"admin", "?min_duration_us=1000", 200, `[{"id":1,`},
		{"admin", "?min_request_time=2026-03-01T12:00:02Z", 200, `[{"id":3,`},
		{"admin", "?colour=red", 400, `[{"status":400,"message":"the query parameter 'colour' is not known here: use one of duration_us, id, `},
		{"admin", "?min_colour=1", 400, `[{"status":400,"message":"the query parameter 'min_colour' is not known here: use one of duration_us, id, `},
		{"admin", "?sort=colour", 400, `[{"status":400,"message":"the query parameter 'sort' names a field that nothing here has: use one of duration_us, id, `},
		{"admin", "?sort=id:desc,colour:asc", 400, `[{"status":400,"message":"the query parameter 'sort' names a field`},
		{"admin", "/count?colour=red", 400, `[{"status":400,"message":"the query parameter 'colour' is not known here: use one of duration_us, id, `},
		{"admin", "?min_status=many", 400, `[{"status":400,"message":"the query parameter 'min_status' is not a number"`},
		{"admin", "?max_user=z", 400, `[{"status":400,`},
		{"admin", "/count", 200, `{"count":3}`},
		{"admin", "/count?status=401", 200, `{"count":1}`},
		{"admin", "/count?status=", 400, `[{"status":400,`},
		{"admin", "/1?status=200", 400, `[{"status":400,`},
		{"viewer", "", 403, `[{"status":403,"message":"permission requestlogs:view is required"`},
	} {
		got := w.request(t, test.as, "GET", "/api/v2/requestlogs"+test.path, "")
		if got.status != test.status || !strings.HasPrefix(got.body, test.want) {
			t.Errorf("%s: got %d %s, want %d %s", test.path, got.status, got.body, test.status, test.want)
		}
		checkHeader(t, got)
	}
	if got := w.request(t, "admin", "GET", "/api/v2/requestlogs.xml?limit=1", ""); !strings.Contains(got.body, "<requestlogs><requestlog><id>1</id>") {
		t.Errorf("as XML: got %s", got.body)
	}
	must(t, w.data.Close())
	checkUnavailable(t, "without the data file", w.request(t, "admin", "GET", "/api/v2/requestlogs", ""))
}
