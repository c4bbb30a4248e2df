package api_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"latchkey/cmd/serve/api"
	"latchkey/db/snapshot"
	"latchkey/tokens"
)

// checkUnavailable checks the response while a database fails (H10).
func checkUnavailable(t *testing.T, what string, got reply) {
	t.Helper()
	if got.status != 503 || got.header.Get("Retry-After") == "" {
		t.Errorf("%s: got %d, Retry-After %q, want 503 with it; %s", what, got.status, got.header.Get("Retry-After"), got.body)
	}
	checkError(t, got)
	checkHeader(t, got)
}

func TestUserDatabaseTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.users.Close())
	for _, persona := range []string{"admin", "wrong", "off", "nobody"} {
		for _, path := range []string{"/api/v2/time", "/api/v2/orders", "/nothing"} {
			checkUnavailable(t, persona+" "+path, w.request(t, persona, "GET", path, ""))
		}
	}
	checkUnavailable(t, "ready", w.request(t, "nobody", "GET", "/readyz", ""))
	if got := w.request(t, "nobody", "GET", "/healthz", ""); got.status != 200 {
		t.Errorf("alive: got %d, want 200", got.status)
	}
}

func TestDataFileTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.data.Close())
	for _, one := range []struct{ method, path, body string }{
		{"GET", "/api/v2/orders", ""}, {"GET", "/api/v2/orders/1", ""}, {"GET", "/api/v2/orders/count", ""},
		{"POST", "/api/v2/orders", "{}"}, {"PUT", "/api/v2/orders/1", `{"a":1}`}, {"PUT", "/api/v2/orders/1", ""},
		{"DELETE", "/api/v2/orders/1", ""}, {"DELETE", "/api/v2/orders", ""}, {"GET", "/readyz", ""},
	} {
		checkUnavailable(t, one.method+" "+one.path, w.request(t, "admin", one.method, one.path, one.body))
	}
	if got := w.request(t, "admin", "GET", "/api/v2/time", ""); got.status != 200 {
		t.Errorf("what needs no documents: got %d, want 200", got.status)
	}
}

func TestDataFileMoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := strings.TrimSuffix(w.path, ".db") + "-data.db"
	must(t, os.Rename(path, path+".old"))
	checkUnavailable(t, "read", w.request(t, "admin", "GET", "/api/v2/orders", ""))
	checkUnavailable(t, "write", w.request(t, "admin", "POST", "/api/v2/orders", "{}"))
	checkUnavailable(t, "ready", w.request(t, "nobody", "GET", "/readyz", ""))
	must(t, os.Rename(path+".old", path))
	checkUnavailable(t, "back again, which is for the next start", w.request(t, "admin", "GET", "/api/v2/orders", ""))
}

// TestTheLogKnowsMoreThanTheClient: the log has the full error, by request id, and never a credential or other input.
func TestTheLogKnowsMoreThanTheClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.data.Close())
	secret := w.tokens["admin"].Reveal()
	got := w.request(t, "admin", "GET", "/api/v2/orders/1.json", "")
	log := w.log.String()
	for _, want := range []string{"data file: ", got.header.Get("X-Request-Id"), "user=admin", "resource=orders", "method=GET", "status=503"} {
		if !strings.Contains(log, want) {
			t.Errorf("got the log %q, want %q in it", log, want)
		}
	}
	if strings.Contains(got.body, "asking") || strings.Contains(got.body, w.path) {
		t.Errorf("the client was told the inner error: %s", got.body)
	}
	must(t, w.users.Close())
	w.request(t, secret, "GET", "/"+secret+"?token="+secret, "", "Authorization: "+basic(secret, secret), "User-Agent: "+secret)
	log = w.log.String()
	if strings.Count(log, "\n") != 2 || strings.Contains(log, secret) || strings.Contains(log, strings.TrimPrefix(basic("admin", secret), "Basic ")) {
		t.Errorf("got the log %q, want two lines without the secret", log)
	}
}

func TestAPanicIsA500AndTheServerLivesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(config *api.Config) {
		config.Authenticated = func(_ context.Context, identity snapshot.Identity, _ tokens.Digest) {
			if identity.Name == "idle" {
				panic(fmt.Sprintf("about %s", identity.Name))
			}
		}
	})
	got := w.request(t, "idle", "GET", "/api/v2/time", "")
	if got.status != 500 || got.body != `[{"status":500,"message":"internal error"}]`+"\n" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	checkHeader(t, got)
	log := w.log.String()
	for _, want := range []string{"panic: about idle", got.header.Get("X-Request-Id"), "trouble_test.go"} {
		if !strings.Contains(log, want) {
			t.Errorf("got the log %q, want %q in it", log, want)
		}
	}
	if got := w.request(t, "admin", "GET", "/api/v2/time", ""); got.status != 200 {
		t.Errorf("afterwards: got %d, want 200", got.status)
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		got := w.request(t, "nobody", "GET", path, "")
		if got.status != 200 || got.body != "ok\n" || got.header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: got %d %q", path, got.status, got.body)
		}
		checkHeader(t, got)
		for _, method := range []string{"POST", "DELETE", "OPTIONS", "TRACE"} {
			if got := w.request(t, "nobody", method, path, ""); got.status != 401 {
				t.Errorf("%s %s: got %d, want 401", method, path, got.status)
			}
		}
		for _, near := range []string{path + "/", path + ".json", "/api/v2" + path, strings.ToUpper(path)} {
			if got := w.request(t, "nobody", "GET", near, ""); got.status != 401 {
				t.Errorf("GET %s: got %d, want 401", near, got.status)
			}
		}
	}
}
