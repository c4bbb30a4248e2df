package call_test

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"latchkey/cmd/serve/api/call"
)

func trust(t testing.TB, texts ...string) call.TrustedProxies {
	t.Helper()
	trusted, err := call.ParseTrustedProxies(texts)
	if err != nil {
		t.Fatal(err)
	}
	return trusted
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	trusted := trust(t, "10.0.0.0/8", "fd00::/8", "192.0.2.7")
	for name, c := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"direct":                       {"203.0.113.9:1", nil, "203.0.113.9"},
		"a stranger's word":            {"203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.9"},
		"this machine is not trusted":  {"127.0.0.1:1", []string{"198.51.100.1"}, "127.0.0.1"},
		"beside the trusted one":       {"192.0.2.8:1", []string{"198.51.100.1"}, "192.0.2.8"},
		"a proxy's word":               {"10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"a proxy that says nothing":    {"10.0.0.1:1", nil, "10.0.0.1"},
		"an empty field":               {"10.0.0.1:1", []string{""}, "10.0.0.1"},
		"invented on the left":         {"10.0.0.1:1", []string{"1.2.3.4, 198.51.100.1"}, "198.51.100.1"},
		"two proxies":                  {"10.0.0.1:1", []string{"1.2.3.4, 198.51.100.1 ,10.0.0.2"}, "198.51.100.1"},
		"two fields are one":           {"10.0.0.1:1", []string{"198.51.100.1", "10.0.0.2"}, "198.51.100.1"},
		"two fields, invented first":   {"10.0.0.1:1", []string{"1.2.3.4", "198.51.100.1"}, "198.51.100.1"},
		"nothing but proxies":          {"10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"garbage":                      {"10.0.0.1:1", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		"garbage behind a proxy":       {"10.0.0.1:1", []string{"198.51.100.1, _hidden, 10.0.0.2"}, "10.0.0.2"},
		"garbage left of the client":   {"10.0.0.1:1", []string{"<script>, 198.51.100.1"}, "198.51.100.1"},
		"an empty element":             {"10.0.0.1:1", []string{"198.51.100.1,"}, "10.0.0.1"},
		"a port":                       {"10.0.0.1:1", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		"IPv6":                         {"[fd00::1]:1", []string{"2001:db8::5"}, "2001:db8::5"},
		"IPv6 with a port":             {"[fd00::1]:1", []string{"[2001:db8::5]:443"}, "2001:db8::5"},
		"IPv6 in brackets alone":       {"[fd00::1]:1", []string{"[2001:db8::5]"}, "fd00::1"},
		"a mapped peer":                {"[::ffff:10.0.0.1]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"a mapped client":              {"10.0.0.1:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"a mapped proxy is a proxy":    {"10.0.0.1:1", []string{"198.51.100.1, ::ffff:10.9.9.9"}, "198.51.100.1"},
		"a zone makes nobody another":  {"[fd00::1%eth0]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"other leading zeros, octal":   {"10.0.0.1:1", []string{"198.51.100.010"}, "10.0.0.1"},
		"no peer at all, as in a test": {"", []string{"198.51.100.1"}, ""},
		"a peer without a port":        {"10.0.0.1", []string{"198.51.100.1"}, ""},
	} {
		header := http.Header{}
		if c.forwarded != nil {
			header["X-Forwarded-For"] = c.forwarded
		}
		header.Set("X_Forwarded_For", "1.1.1.1")
		header.Set("Forwarded", "for=1.1.1.1")
		header.Set("X-Real-Ip", "1.1.1.1")
		want, _ := netip.ParseAddr(c.want)
		if got := trusted.ClientAddress(&http.Request{RemoteAddr: c.peer, Header: header}); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// TestNobodyIsTrustedUnlessNamed: least of all the zero address, where a request has none.
func TestNobodyIsTrustedUnlessNamed(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1", "::1", "10.0.0.1", "0.0.0.0"} {
		if (call.TrustedProxies)(nil).Contains(netip.MustParseAddr(address)) {
			t.Errorf("%s is trusted by the zero value", address)
		}
	}
	if trust(t, "0.0.0.0/0", "::/0").Contains(netip.Addr{}) {
		t.Error("the zero address is trusted")
	}
}

func TestParseTrustedProxies(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"10.0.0.5", "10.0.0.0/24", "fd00::/8", "::1", "0.0.0.0/0", "::ffff:10.0.0.5"} {
		if _, err := call.ParseTrustedProxies([]string{text}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"", "localhost", "10.0.0.5/8", "10.0.0.0/33", "10.0.0", "fe80::1%eth0", "::ffff:10.0.0.0/104", "10.0.0.0-10.0.0.9", "*", " 10.0.0.5", "10.0.0.5,10.0.0.6"} {
		if _, err := call.ParseTrustedProxies([]string{"10.0.0.1", text}); !errors.Is(err, call.ErrTrustedProxy) || !strings.Contains(err.Error(), `"`+text+`"`) {
			t.Errorf("%q: got %v, want %v and the text", text, err, call.ErrTrustedProxy)
		}
	}
}

// FuzzClientAddress: whatever a client sends ahead of what proxies append, it does not choose its address.
func FuzzClientAddress(f *testing.F) {
	for _, sent := range []string{"", "1.2.3.4", "10.0.0.9", ",", "10.0.0.9,", "[::1", "\x00", "1.2.3.4, 10.0.0.3"} {
		f.Add(sent, true)
		f.Add(sent, false)
	}
	trusted := trust(f, "10.0.0.0/8")
	client := netip.MustParseAddr("198.51.100.1")
	f.Fuzz(func(t *testing.T, sent string, oneField bool) {
		header := http.Header{"X-Forwarded-For": {sent, client.String() + ", 10.0.0.2"}}
		if oneField {
			header["X-Forwarded-For"] = []string{sent + "," + client.String() + ", 10.0.0.2"}
		}
		if got := trusted.ClientAddress(&http.Request{RemoteAddr: "10.0.0.1:443", Header: header}); got != client {
			t.Errorf("got %v, want %v", got, client)
		}
		// And with nobody in front: the address is the peer's, or a proxy's that the text names, or one that it ends with.
		alone := trusted.ClientAddress(&http.Request{RemoteAddr: "10.0.0.1:443", Header: http.Header{"X-Forwarded-For": {sent}}})
		if !alone.IsValid() || alone.Is4In6() || alone.Zone() != "" {
			t.Errorf("got %v, which is no plain address", alone)
		}
		stranger := trusted.ClientAddress(&http.Request{RemoteAddr: "203.0.113.9:443", Header: http.Header{"X-Forwarded-For": {sent}}})
		if stranger != netip.MustParseAddr("203.0.113.9") {
			t.Errorf("got %v for a stranger", stranger)
		}
	})
}

// TestClientAddressAllocatesNothing, as it is asked for in every request.
func TestClientAddressAllocatesNothing(t *testing.T) {
	trusted := trust(t, "10.0.0.0/8")
	request := &http.Request{RemoteAddr: "10.0.0.1:443", Header: http.Header{"X-Forwarded-For": {"1.2.3.4, 198.51.100.1, 10.0.0.2"}}}
	var got netip.Addr
	allocations := testing.AllocsPerRun(100, func() { got = trusted.ClientAddress(request) })
	if want := netip.MustParseAddr("198.51.100.1"); got != want || allocations != 0 {
		t.Errorf("got %v with %v allocations, want %v with none", got, allocations, want)
	}
	if !slices.Equal(trust(t, "10.0.0.0/8"), trusted) {
		t.Error("the ranges were changed")
	}
}
