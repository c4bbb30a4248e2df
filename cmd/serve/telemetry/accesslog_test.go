package telemetry

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/tokens"
)

// TestAccessLogLine: one request, one line, with what it came to.
func TestAccessLogLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Text, 0)
	w.Observe(exchange("/api/v2/orders?page=2&min_total=5"))
	const want = "time=2026-03-01T12:00:00.000Z level=INFO msg=request request_id=0123 client=192.0.2.1 user=ann method=GET resource=orders " +
		"path=/api/v2/orders query=\"page=2&min_total=5\" status=200 bytes=12 duration_ms=1.5 protocol=HTTP/1.1\n"
	if got := w.accessLines(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	w = newWorld(t, Compact, 0)
	w.Observe(exchange("/api/v2/orders?page=2&min_total=5"))
	w.Observe(refusedExchange("/api/v2/orders?page=2", 401))
	const compact = "12:00:00 200 GET /api/v2/orders?page=2&min_total=5 ann 192.0.2.1 1.5ms\n" +
		"12:00:00 401 GET /api/v2/orders?[redacted] - 192.0.2.1 1.5ms\n"
	if got := w.accessLines(); got != compact {
		t.Errorf("compact: got\n%s\nwant\n%s", got, compact)
	}
	w = newWorld(t, JSON, 0)
	w.Observe(refusedExchange("/api/v2/orders?page=2", 401))
	var line map[string]any
	if err := json.Unmarshal([]byte(w.accessLines()), &line); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"user": "", "resource": "", "path": "/api/v2/orders", "query": redacted, "status": 401.0} {
		if line[name] != want {
			t.Errorf("%s: got %v, want %v", name, line[name], want)
		}
	}
}

// TestAccessLogIsOff writes nothing.
func TestAccessLogIsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Off, 0)
	w.Observe(exchange("/api/v2/orders"))
	stop := w.Start(t.Context())
	stop()
	if got := w.access.String(); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

// TestOneEventIsOneLine: nothing that is sent can end a line, begin another or reach a terminal (R4).
func TestOneEventIsOneLine(t *testing.T) {
	t.Parallel()
	for _, format := range []Format{Text, JSON, Compact} {
		for _, text := range []string{"/a\nlevel=INFO", "/a\r\n", "/a\x1b[31m", "/a\u202eb", "/a\u2028b", "/a\x00", "/a\x9bb", "/\"} {\"", "/ü", "/a b=c"} {
			w := newWorld(t, format, 0)
			e := exchange("/")
			e.Request.URL = &url.URL{Path: text, RawQuery: text}
			e.Request.Method = text
			w.Observe(e)
			got := w.accessLines()
			if strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "\n") || strings.ContainsFunc(strings.TrimSuffix(got, "\n"), isUnsafe) {
				t.Errorf("%s: %q gives the line %q", format, text, got)
			}
		}
	}
}

// TestAFloodCannotFillTheLog: requests without right credentials get so many lines in a second, and their number is
// written; those of users and the probes of load balancers are not among them (R4).
func TestAFloodCannotFillTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Text, 0)
	for range 1000 {
		w.Observe(refusedExchange("/api/v2/orders", 401))
		w.Observe(refusedExchange("/healthz", 200))
	}
	w.Observe(exchange("/api/v2/orders"))
	got := w.accessLines()
	if lines := strings.Count(got, "\n"); lines != refusalsPerSecond+1 || strings.Count(got, "user=ann") != 1 || strings.Contains(got, "healthz") {
		t.Errorf("got %d lines, want %d of unauthenticated and the user's:\n%s", lines, refusalsPerSecond, got)
	}
	for range 2 {
		w.flush(t.Context(), 0)
		w.flush(t.Context(), time.Second)
	}
	if got := w.accessLines(); strings.Count(got, "left_out_before=990") != 1 {
		t.Errorf("the end of the flood is not written once:\n%s", got)
	}
}

// TestSecretsAreRedacted: a token is not written, wherever it was pasted and in whatever form, whole or cut off (R3).
func TestSecretsAreRedacted(t *testing.T) {
	t.Parallel()
	token, err := tokens.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret := token.Reveal()
	percent := func(text string) (encoded string) {
		for _, char := range []byte(text) {
			encoded += "%" + hex.EncodeToString([]byte{char})
		}
		return encoded
	}
	basic := []byte("ann:" + secret)
	for form, text := range map[string]string{
		"plain": secret, "cut off": secret[:20], "mistyped": secret[:38] + "!", "without its prefix": secret[3:],
		"percent-encoded": percent(secret), "encoded twice": percent(percent(secret)), "encoded four times": percent(percent(percent(percent(secret)))),
		"one letter encoded": "%6c" + secret[1:], "underscore encoded": "lk%5f" + secret[3:], "broken encoding": "%zz" + secret,
		"base64": base64.StdEncoding.EncodeToString(basic), "base64 for URLs": base64.RawURLEncoding.EncodeToString(basic),
		"hex": hex.EncodeToString([]byte(secret)), "with more around it": "x" + secret + "y",
	} {
		for _, target := range []*url.URL{
			{Path: "/api/v2/" + text, RawPath: "/api/v2/" + text}, {Path: "/api/v2/" + text + "/orders"},
			{Path: "/", RawQuery: text}, {Path: "/", RawQuery: "page=" + text}, {Path: "/", RawQuery: text + "=1&page=2"},
		} {
			w := newWorld(t, Text, 10)
			e := exchange("/")
			e.Request.URL, e.Request.Method = target, secret
			e.Request.Header.Set("User-Agent", text)
			w.Observe(e)
			w.flush(t.Context(), 0)
			logs, err := w.data.RequestLogs(t.Context(), dataQuery)
			if err != nil || len(logs) != 1 {
				t.Fatalf("got the request logs %v (%v), want one", logs, err)
			}
			for _, written := range []string{w.accessLines(), logs[0].QueryString + logs[0].UserAgent + logs[0].Method} {
				if strings.Contains(written, text) || strings.Contains(written, secret[4:16]) {
					t.Errorf("%s in %q is written: %s", form, target, written)
				}
			}
		}
	}
}

// TestWhatIsNoSecretIsLogged: a log that blots everything out is of no use.
func TestWhatIsNoSecretIsLogged(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/api/v2/orders/5", "/api/v2/orders/5/shipments.json", "/files/3f2504e0-4f89-11d3-9a0c-0305e82c3301/page"} {
		if got := redactedPath(&url.URL{Path: path}); got != path {
			t.Errorf("%s: got %s", path, got)
		}
	}
	for query, want := range map[string]string{
		"page=2&limit=10":           "page=2&limit=10",
		"email=ann%40example.org":   "email=ann%40example.org",
		"api_key=hunter2&page=1":    "api_key=" + redacted + "&page=1",
		"page=1&pass%77ord=hunter2": "page=1&pass%77ord=" + redacted,
		"password":                  "password",
		"name=a\x1b[31m":            redacted,
		strings.Repeat("ab-", 300):  strings.Repeat("ab-", 300)[:longestText] + "…",
	} {
		if got := redactedQuery(query); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

// FuzzRedacted: whatever is around a token, it is not written.
func FuzzRedacted(f *testing.F) {
	f.Add("/api/v2/", "?page=1")
	f.Add("%", "&token=")
	f.Add("lk_", "0")
	token, err := tokens.New(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	secret := token.Reveal()
	f.Fuzz(func(t *testing.T, before, after string) {
		text := before + secret + after
		for _, written := range []string{redactedPath(&url.URL{Path: text}), redactedQuery(text), redactedText(text)} {
			if strings.Contains(written, secret[10:20]) {
				t.Errorf("%q is written as %q", text, written)
			}
		}
	})
}
