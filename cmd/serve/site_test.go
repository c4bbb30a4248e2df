package serve

import (
	"bytes"
	"crypto/x509"
	"net"
	"os/exec"
	"strings"
	"testing"
)

func TestBaseURL(t *testing.T) {
	t.Parallel()
	address := &net.TCPAddr{IP: net.IPv6zero, Port: 8443}
	for host, want := range map[string]string{
		"127.0.0.1":    "https://127.0.0.1:8443",
		"":             "https://localhost:8443",
		"::":           "https://localhost:8443",
		"0.0.0.0":      "https://127.0.0.1:8443",
		"::1":          "https://[::1]:8443",
		"box.example":  "https://box.example:8443",
		"fe80::1%eth0": "https://[fe80::1%25eth0]:8443",
	} {
		if got := baseURL(host, address); got != want {
			t.Errorf("listening on %q: got %s, want %s", host, got, want)
		}
	}
}

func TestListeningEverywhereIsSaid(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		"127.0.0.1:0": "listening on https://127.0.0.1:PORT\n",
		"0.0.0.0:0":   "listening on all addresses, port PORT: https://127.0.0.1:PORT\n",
		"[::]:0":      "listening on all addresses, port PORT: https://localhost:PORT\n",
		":0":          "listening on all addresses, port PORT: https://localhost:PORT\n",
	} {
		s := newServer(t)
		s.Listen = []string{listen}
		r := start(t, s)
		_, port, err := net.SplitHostPort(r.address())
		if err != nil {
			t.Fatal(err)
		}
		if want = strings.ReplaceAll(want, "PORT", port); !strings.Contains(r.messages.String(), want) {
			t.Errorf("--listen %s: got\n%s\nwant it to say %q", listen, r.messages, want)
		}
		r.stop(t)
	}
}

func TestClientHost(t *testing.T) {
	t.Parallel()
	leaf := &x509.Certificate{DNSNames: []string{"*.example.com", "api.example.com"}}
	for host, want := range map[string]string{
		"api.example.com": "api.example.com",
		"www.example.com": "www.example.com",
		"0.0.0.0":         "api.example.com",
		"":                "api.example.com",
		"127.0.0.1":       "api.example.com",
	} {
		if got := clientHost(host, leaf); got != want {
			t.Errorf("listening on %q: got %s, want %s", host, got, want)
		}
	}
	if got := clientHost("127.0.0.1", &x509.Certificate{DNSNames: []string{"*.example.com"}}); got != "127.0.0.1" {
		t.Errorf("no name to choose: got %s, want the listen host", got)
	}
}

// TestQuote asks a shell.
func TestQuote(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"plain", "a b", "it's", `"$(id)"`, "`id`", `\`, "$HOME", "'", "''", "a\nb", "*", "~", "!x", "-n"} {
		for _, line := range []string{"printf %s " + quote(text), `printf %s "$(printf %s ` + quote(text) + `)"`} {
			got, err := exec.CommandContext(t.Context(), "sh", "-c", line).Output()
			if err != nil || !bytes.Equal(got, []byte(text)) {
				t.Errorf("%s: got %q, %v, want %q", line, got, err, text)
			}
		}
	}
}

func TestCurlLineOfAnIPv6Address(t *testing.T) {
	t.Parallel()
	at := site{url: "https://[::1]:8443"}
	if got, want := at.curl("NAME", ""), "curl -u NAME 'https://[::1]:8443/api/v2/time'"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
