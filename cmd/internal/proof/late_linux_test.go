package proof

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// caller is who makes a request.
type caller struct{ user, token string }

// late is a request whose head the server has decided on and whose body it waits for.
type late struct {
	name     string
	rest     chan struct{} // closed: the body may come
	answered chan answer
}

// answer is what a request came to.
type answer struct {
	status int
	body   string
	err    error
}

// lateClient speaks one protocol, and sends a body only when it is asked for.
func (s *server) lateClient(protocol int) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(protocol == 1)
	protocols.SetHTTP2(protocol == 2)
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: s.trust.Clone(), Protocols: protocols,
		ExpectContinueTimeout: time.Minute}}
}

// hold begins a request and returns once the server has begun to read its body, which is not before it has decided on the
// head: only then does it say "100 Continue". One byte of the body comes, the others after finish.
func (s *server) hold(t *testing.T, client *http.Client, as caller, method, path, body string) *late {
	t.Helper()
	held, got := s.begin(t.Context(), client, as, method, path, body)
	if held == nil {
		t.Fatalf("%s %s: got %d, %v before the body was asked for: %s", method, path, got.status, got.err, got.body)
	}
	return held
}

// begin is hold of a request that may be answered before its body was asked for.
func (s *server) begin(ctx context.Context, client *http.Client, as caller, method, path, body string) (*late, answer) {
	begun := make(chan struct{})
	held := &late{name: method + " " + path, rest: make(chan struct{}), answered: make(chan answer, 1)}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got100Continue: func() { close(begun) }})
	request, err := http.NewRequestWithContext(ctx, method, s.url+path, &lateBody{text: body, rest: held.rest})
	if err != nil {
		return nil, answer{err: err}
	}
	request.ContentLength = int64(len(body))
	request.SetBasicAuth(as.user, as.token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Expect", "100-continue")
	go func() { held.answered <- answerOf(client, request) }()
	select {
	case <-begun:
		return held, answer{}
	case got := <-held.answered:
		return nil, got
	}
}

func answerOf(client *http.Client, request *http.Request) (got answer) {
	response, err := client.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, string(body), err}
}

// finish lets the rest of the body come, and returns the answer.
func (l *late) finish() answer {
	close(l.rest)
	return <-l.answered
}

// lateBody is a text of which the first byte comes at once and the others later.
type lateBody struct {
	text string
	rest <-chan struct{}
	read int
}

func (b *lateBody) Read(into []byte) (int, error) {
	if b.read == 1 {
		<-b.rest
	}
	left := b.text[b.read:]
	if left == "" {
		return 0, io.EOF
	}
	if b.read == 0 {
		left = left[:1]
	}
	n := copy(into, left)
	b.read += n
	return n, nil
}

// content is all that the two databases hold, but for what is noted of requests: where two are equal, nothing happened.
func (i installation) content(t testing.TB) (lines []string) {
	t.Helper()
	for _, file := range []string{i.database, filepath.Join(i.directory, "latchkey-data.db")} {
		database, err := sql.Open("sqlite", "file:"+file+"?mode=ro&_pragma=busy_timeout(15000)")
		if err != nil {
			t.Fatal(err)
		}
		tables, err := rowsOf(t.Context(), database, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('requestlogs', 'last_used') ORDER BY name`)
		for _, table := range tables {
			if err == nil {
				var rows []string
				rows, err = rowsOf(t.Context(), database, `SELECT '`+table+`', * FROM "`+table+`"`)
				lines = append(lines, rows...)
			}
		}
		if err := errors.Join(err, database.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

// rowsOf returns each row as a text.
func rowsOf(ctx context.Context, database *sql.DB, query string) (lines []string, err error) {
	rows, err := database.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		lines = append(lines, strings.Trim(fmt.Sprint(values), "[]"))
	}
	return lines, rows.Err()
}

// checkUnchanged finds what requests have done that were to do nothing.
func (i installation) checkUnchanged(t *testing.T, before []string) {
	t.Helper()
	was := map[string]bool{}
	for _, line := range before {
		was[line] = true
	}
	now := i.content(t)
	for _, line := range now {
		if !was[line] {
			t.Errorf("there is by now: %s", line)
		}
	}
	if len(now) < len(before) {
		t.Errorf("there were %d rows, and %d are left", len(before), len(now))
	}
}

// TestLateBodyTakesOverNoToken: somebody with a stolen token keeps the regeneration of that token open while its owner
// regenerates it, and sends the end of the body afterwards (H11).
func TestLateBodyTakesOverNoToken(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{1, 2} {
		i := install(t, "user add owner --save", "perm grant owner tokens:rotate_own --save")
		stolen := i.do(t, "token", "enable", "owner", "--save")
		s := i.serve(t)
		held := s.hold(t, s.lateClient(protocol), caller{"owner", stolen}, http.MethodPost, "/api/v2/token?save=true", "{}")
		owners := i.do(t, "token", "regenerate", "owner", "--save")
		before := i.content(t)
		got := held.finish()
		if got.status != http.StatusUnauthorized {
			t.Errorf("HTTP/%d: got %d, %v, want 401: %s", protocol, got.status, got.err, got.body)
		}
		i.checkUnchanged(t, before)
		var issued struct{ Token string }
		if json.Unmarshal([]byte(got.body), &issued) == nil && issued.Token != "" {
			t.Errorf("HTTP/%d: the thief was given a token", protocol)
		}
		for token, want := range map[string]int{owners: http.StatusOK, stolen: http.StatusUnauthorized, issued.Token: http.StatusUnauthorized} {
			if code, err := s.get(t.Context(), "owner", token, "/api/v2/time"); code != want {
				t.Errorf("HTTP/%d: got %d, %v, want %d", protocol, code, err, want)
			}
		}
	}
}

// TestLateBodiesDoNothingAfterARevocation: what is held open while a revocation is saved makes no user, token, rule or
// document afterwards (H11).
func TestLateBodiesDoNothingAfterARevocation(t *testing.T) {
	t.Parallel()
	for name, attack := range map[string]struct {
		held   [][3]string // method, path below /api/v2, body
		revoke string
		want   int
	}{
		"a user, a token and a rule after a disable": {[][3]string{
			{"POST", "users?save=true", `{"name":"backdoor"}`},
			{"PUT", "users/other/token?save=true", `{}`},
			{"PUT", "users/other/permissions?save=true", `{"permission":"*:*"}`},
			{"POST", "roles?save=true", `{"name":"backdoor"}`},
			{"POST", "users?draft=later", `{"name":"backdoor"}`},
		}, "token disable thief -y", http.StatusUnauthorized},
		"a token after one's own began to retire": {[][3]string{{"POST", "token?save=true", `{}`}}, "token regenerate thief --grace 1h", http.StatusForbidden},
		"an order after the user was removed":     {[][3]string{{"POST", "orders", `{"a":1}`}}, "user remove thief -y", http.StatusUnauthorized},
		"an order after a disable":                {[][3]string{{"POST", "orders", `{"a":1}`}}, "token disable thief -y", http.StatusUnauthorized},
		"an order after the rule was revoked":     {[][3]string{{"POST", "orders", `{"a":1}`}}, "perm revoke thief *:* -y", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			i := install(t, "user add thief other --save", "perm grant thief *:* --save")
			thief := caller{"thief", i.do(t, "token", "enable", "thief", "--save")}
			s := i.serve(t)
			client := s.lateClient(1)
			var all []*late
			for _, one := range attack.held {
				all = append(all, s.hold(t, client, thief, one[0], "/api/v2/"+one[1], one[2]))
			}
			i.do(t, append(strings.Fields(attack.revoke), "--save")...)
			before := i.content(t)
			for _, held := range all {
				if got := held.finish(); got.status != attack.want {
					t.Errorf("%s: got %d, %v, want %d: %s", held.name, got.status, got.err, attack.want, got.body)
				}
			}
			i.checkUnchanged(t, before)
		})
	}
}

// TestLateUploadsEndAtTheRevocation: of a body that another service is sent, nothing that comes after a revocation is
// passed on. The service has had the head and what came before, and sees that the rest is missing (H11).
func TestLateUploadsEndAtTheRevocation(t *testing.T) {
	t.Parallel()
	type upload struct {
		body string
		err  error
	}
	uploads := make(chan upload, 100)
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		uploads <- upload{string(body), err}
	}))
	defer service.Close()
	i := install(t, "resource add store_room --upstream "+service.URL+" --save")
	s := i.serve(t)
	path := i.do(t, "resource", "show", "store_room", "--field", "path") + "/file"
	for number := range amount(5, 100) {
		for _, revoke := range []string{"token disable USER -y", "perm revoke USER *:* -y", "resource remove store_room -y", ""} {
			user := strings.Fields(fmt.Sprintf("thief%d %s", number, revoke))
			thief := caller{user: strings.Join(append(user[:1:1], user[1:min(3, len(user))]...), "-")}
			i.do(t, "user", "add", thief.user, "--save")
			i.do(t, "perm", "grant", thief.user, "*:*", "--save")
			thief.token = i.do(t, "token", "enable", thief.user, "--save")
			held := s.hold(t, s.lateClient(1+number%2), thief, http.MethodPut, path, "whole")
			if revoke != "" {
				i.do(t, append(strings.Fields(strings.ReplaceAll(revoke, "USER", thief.user)), "--save")...)
			}
			got, sent := held.finish(), <-uploads
			switch whole := sent.err == nil; {
			case whole != (revoke == "") || whole != (got.status == http.StatusOK):
				t.Errorf("%q: got %d, %v; the service got %q, %v", revoke, got.status, got.err, sent.body, sent.err)
			case !whole && got.status != http.StatusUnauthorized && got.status != http.StatusForbidden && got.status != http.StatusNotFound:
				t.Errorf("%q: got %d, %v: %s", revoke, got.status, got.err, got.body)
			}
			if strings.HasPrefix(revoke, "resource") {
				i.do(t, "rollback", i.do(t, "log", "--limit", "1", "--field", "revision"), "--save")
			}
		}
	}
}
