package httpfield_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"latchkey/perms/httpfield"
)

var kinds = map[string]httpfield.Kind{"harmless": httpfield.Harmless, "hop": httpfield.Hop, "way": httpfield.Way, "claim": httpfield.Claim, "odd": httpfield.Odd}

// known are the names of testdata/fields.txt with the kind of each.
func known(t testing.TB) map[string]httpfield.Kind {
	t.Helper()
	content, err := os.ReadFile("testdata/fields.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]httpfield.Kind{}
	for line := range strings.Lines(string(content)) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		kind, found := kinds[words[0]]
		if _, twice := names[words[1]]; !found || twice || len(words) != 2 {
			t.Fatalf("fields.txt has the line %q", line)
		}
		names[words[1]] = kind
	}
	return names
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for name, want := range known(t) {
		for _, written := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			got := httpfield.Judge(written, nil)
			if got.Kind != want || got.Name != written || (got.Why == "") != (want == httpfield.Harmless) {
				t.Errorf("%s: got kind %d (%s), want %d", written, got.Kind, got.Why, want)
			}
		}
	}
	for _, strange := range []string{"", " ", "Remote User", "Rémote-User", "Remote-User\x00", "Remote\u2010User"} {
		if got := httpfield.Judge(strange, nil).Kind; got != httpfield.Odd {
			t.Errorf("%q: got kind %d, want %d", strange, got, httpfield.Odd)
		}
	}
}

// TestWordsAreWhole: a word is between hyphens or at an end, and stands anywhere in a name.
func TestWordsAreWhole(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]httpfield.Kind{
		"User": httpfield.Claim, "X-User": httpfield.Claim, "User-X": httpfield.Claim, "X-User-Y": httpfield.Claim, "X--User": httpfield.Claim, "-User-": httpfield.Claim,
		"Agent-User": httpfield.Claim, "User-Agent-User": httpfield.Claim, "User-Agent-X": httpfield.Harmless, "User-Agents": httpfield.Claim, "X-User--Agent": httpfield.Claim,
		"Superusers": httpfield.Harmless, "Abuser": httpfield.Harmless, "Ifuser": httpfield.Harmless, "Secuser": httpfield.Harmless,
		"X-Client-Ip-Y": httpfield.Claim, "X-Client": httpfield.Harmless, "X-Ip-Client": httpfield.Harmless, "On-Behalf": httpfield.Claim, "X-Run-As-Y": httpfield.Claim, "X-As-Run": httpfield.Harmless,
		"User2": httpfield.Claim, "X-User007-Y": httpfield.Claim, "X-Run-As2": httpfield.Claim, "2user": httpfield.Harmless, "User2x": httpfield.Harmless, "X-42": httpfield.Harmless, "42": httpfield.Harmless,
		"-": httpfield.Harmless, "---": httpfield.Harmless,
	} {
		if got := httpfield.Judge(name, nil).Kind; got != want {
			t.Errorf("%s: got kind %d, want %d", name, got, want)
		}
	}
}

// TestPassed: a name lets that one field through and no other, and none that only latchkey sets.
func TestPassed(t *testing.T) {
	t.Parallel()
	all := known(t)
	for name, kind := range all {
		err := httpfield.Passable(name)
		switch {
		case kind == httpfield.Hop || kind == httpfield.Way || kind == httpfield.Odd:
			if !errors.Is(err, httpfield.ErrName) {
				t.Errorf("%s: got %v, want ErrName", name, err)
			}
		case slices.Contains([]string{"remote-user", "proxy", "proxy-authorization", "x-forwarded-prefix", "x-latchkey-user"}, strings.ToLower(name)):
			if got := httpfield.Judge(name, []string{name}).Kind; err == nil || got != httpfield.Claim {
				t.Errorf("%s: got %v and kind %d", name, err, got)
			}
		case err != nil:
			t.Errorf("%s: got %v", name, err)
		default:
			written := httpfield.Normalize([]string{name})
			for other, kind := range all {
				want := kind
				if strings.EqualFold(other, name) {
					want = httpfield.Harmless
				}
				if got := httpfield.Judge(other, written).Kind; got != want {
					t.Errorf("%s, where %s is let through: got kind %d, want %d", other, written, got, want)
				}
			}
		}
	}
	for _, name := range []string{"", "-X-User", strings.Repeat("a", 129)} {
		if err := httpfield.Passable(name); !errors.Is(err, httpfield.ErrName) {
			t.Errorf("%q: got %v, want ErrName", name, err)
		}
	}
	if got := httpfield.Normalize([]string{"x-USER-id", "Email", "X-User-Id"}); !slices.Equal(got, []string{"Email", "X-User-Id"}) {
		t.Errorf("got %q", got)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	found := httpfield.Find(map[string][]string{"Accept": {"a"}, "X-Real-Ip": {"b"}, "X-User": nil, "Remote_user": {"c", "d"}, "Te": {"e"}, "X-Email": {"f"}}, []string{"X-Email"})
	var names []string
	for _, finding := range found {
		names = append(names, finding.Name)
	}
	if want := []string{"Remote_user", "X-Real-Ip", "X-User"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

func TestOddOption(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []string
		want   string
	}{
		{nil, ""}, {[]string{""}, ""}, {[]string{"close"}, ""}, {[]string{"Keep-Alive"}, ""}, {[]string{"keep-alive, Upgrade"}, ""},
		{[]string{"Upgrade, HTTP2-Settings"}, ""}, {[]string{"TE", "close"}, ""}, {[]string{" ,close,,\tte\t,"}, ""}, {[]string{"Transfer-Encoding, Proxy-Connection"}, ""},
		{[]string{"close, Remote-User"}, "Remote-User"}, {[]string{"close", "remote-user"}, "remote-user"}, {[]string{"close,Remote_User,te"}, "Remote_User"},
		{[]string{"X-Forwarded-For"}, "X-Forwarded-For"}, {[]string{"Authorization"}, "Authorization"}, {[]string{"close;q=1"}, "close;q=1"}, {[]string{"close remote-user"}, "close remote-user"},
		{[]string{"\"close\""}, "\"close\""}, {[]string{"close\x00"}, "close\x00"}, {[]string{"Trailer"}, "Trailer"}, {[]string{"Host"}, "Host"}, {[]string{"*"}, "*"},
	} {
		if got := httpfield.OddOption(c.values); got != c.want {
			t.Errorf("%q: got %q, want %q", c.values, got, c.want)
		}
	}
}

func TestOddUpgrade(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []string
		want   string
	}{
		{nil, ""}, {[]string{"websocket"}, ""}, {[]string{"WebSocket"}, ""}, {[]string{"h2c"}, "h2c"}, {[]string{"websocket, h2c"}, "h2c"},
		{[]string{"websocket", "h2c"}, "h2c"}, {[]string{"websocket/13"}, "websocket/13"}, {[]string{"TLS/1.0"}, "TLS/1.0"},
	} {
		if got := httpfield.OddUpgrade(c.values); got != c.want {
			t.Errorf("%q: got %q, want %q", c.values, got, c.want)
		}
	}
}

// TestTableIsUsed: each entry of the table is what makes some name a claim, and of its row.
func TestTableIsUsed(t *testing.T) {
	t.Parallel()
	table := httpfield.Table()
	claims, exceptions := table[:len(table)-1], table[len(table)-1]
	seen := map[string]bool{}
	for _, row := range claims {
		for _, name := range slices.Concat(row.Words, row.Begins, row.Names) {
			got := httpfield.Judge(strings.TrimSuffix(name, "-"), nil)
			if strings.HasSuffix(name, "-") {
				got = httpfield.Judge(name+"anything", nil)
			}
			if got.Kind != httpfield.Claim || name != strings.ToLower(name) || seen[name] {
				t.Errorf("%s (%s): got kind %d (%s), or it is there twice or not in lower case", name, row.What, got.Kind, got.Why)
			}
			seen[name] = true
		}
	}
	for _, name := range slices.Concat(exceptions.Words, exceptions.Begins, exceptions.Names) {
		if got := httpfield.Judge(name, nil); got.Kind != httpfield.Harmless {
			t.Errorf("the exception %s: got kind %d (%s)", name, got.Kind, got.Why)
		}
	}
}

// believed are variables that services, or the servers that run them, believe: those of CGI (RFC 3875), with what Apache,
// nginx and PHP add, and fields of proxies as CGI writes them. Independent of the table on purpose.
var believed = []string{
	"AUTH_TYPE", "GATEWAY_INTERFACE", "PATH_INFO", "PATH_TRANSLATED", "QUERY_STRING", "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_IDENT", "REMOTE_PORT", "REMOTE_USER",
	"REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SERVER_SOFTWARE", "REQUEST_URI", "REQUEST_SCHEME", "SCRIPT_FILENAME", "DOCUMENT_ROOT", "HTTPS",
	"LOGON_USER", "UNMAPPED_REMOTE_USER", "SSL_CLIENT_S_DN", "SSL_CLIENT_CERT", "SSL_CLIENT_VERIFY", "PROXY", "AUTH_USER",
	"X_FORWARDED_USER", "X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO", "X_FORWARDED_EMAIL", "X_FORWARDED_GROUPS", "X_FORWARDED_PREFIX", "X_REAL_IP", "X_REMOTE_USER", "X_AUTH_REQUEST_USER",
	"X_SCRIPT_NAME", "X_ORIGINAL_URL", "X_ORIGINAL_URI", "X_REWRITE_URL", "X_HTTP_METHOD_OVERRIDE", "X_HTTP_PATH_OVERRIDE", "X_ENVOY_ORIGINAL_PATH", "X_WEBAUTH_USER", "X_USER", "X_USER_ID",
	"REMOTE_GROUPS", "REMOTE_EMAIL", "REMOTE_NAME", "IMPERSONATE_USER", "IF_REMOTE_USER", "SEC_REMOTE_USER", "REDIRECT_STATUS", "X_FORWARD", "TAILSCALE_USER_LOGIN", "CF_ACCESS_AUTHENTICATED_USER_EMAIL", "X_GOOG_AUTHENTICATED_USER_EMAIL", "X_VOUCH_USER", "X_AUTHELIA_USER",
	"X_MS_CLIENT_PRINCIPAL", "AUTHORIZATION", "PROXY_AUTHORIZATION", "FORWARDED",
}

// variable is what CGI and its heirs make of a name, in the most careless way: letters in upper case, and an underscore for
// all that is neither letter nor digit.
func variable(name string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, strings.ToUpper(name))
}

// FuzzNothingBelievedPasses: whatever is made of the name of a field that reaches a service, it is none that is believed,
// and no other name becomes the same.
func FuzzNothingBelievedPasses(f *testing.F) {
	for name := range known(f) {
		f.Add(name, "X-Email")
	}
	for _, name := range believed {
		f.Add(name, name)
		f.Add(strings.ReplaceAll(name, "_", "-"), strings.ReplaceAll(name, "_", "-"))
		f.Add(strings.ReplaceAll(name, "_", "."), "")
		f.Add("HTTP-"+strings.ReplaceAll(name, "_", "-"), "")
	}
	f.Fuzz(func(t *testing.T, name, passed string) {
		bare, lower := httpfield.Judge(name, nil), httpfield.Judge(strings.ToLower(name), nil)
		if bare.Kind != lower.Kind && bare.Kind != httpfield.Odd {
			t.Errorf("%q: its case makes a %d of a %d", name, bare.Kind, lower.Kind)
		}
		if bare.Kind == httpfield.Harmless {
			made := strings.TrimPrefix(variable(name), "HTTP_")
			if slices.Contains(believed, made) {
				t.Errorf("%q passes and becomes %s", name, made)
			}
			if back := strings.ReplaceAll(variable(name), "_", "-"); !strings.EqualFold(back, name) {
				t.Errorf("%q passes and becomes what %s becomes", name, back)
			}
		}
		with := httpfield.Judge(name, []string{passed})
		err := httpfield.Passable(passed)
		if with.Kind != bare.Kind && (!strings.EqualFold(name, passed) || err != nil || with.Kind != httpfield.Harmless) {
			t.Errorf("%q, where %q (%v) is let through: got kind %d, else %d", name, passed, err, with.Kind, bare.Kind)
		}
		written := httpfield.Normalize([]string{passed})
		if again := httpfield.Passable(written[0]); err == nil && (again != nil || !slices.Equal(httpfield.Normalize(written), written)) {
			t.Errorf("%q is written %q, which is another one (%v)", passed, written, again)
		}
	})
}

// FuzzOddOption: what is let stand names no field but those of a connection, however the list is taken apart.
func FuzzOddOption(f *testing.F) {
	for _, seed := range []string{"close, Remote-User", "close,\tremote_user", "keep-alive;Upgrade", ",,", "close\vX-User", "HTTP2-Settings,upgrade"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if httpfield.OddOption([]string{value}) != "" {
			return
		}
		for _, option := range strings.FieldsFunc(value, func(c rune) bool { return strings.ContainsRune(", \t;\r\n\v\f", c) }) {
			if kind := httpfield.Judge(option, nil).Kind; kind != httpfield.Hop && !strings.EqualFold(option, "close") {
				t.Errorf("%q names the field %q", value, option)
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	header := map[string][]string{"Accept": nil, "Accept-Encoding": nil, "Accept-Language": nil, "Authorization": nil, "Connection": nil, "Cookie": nil, "If-None-Match": nil,
		"Referer": nil, "Sec-Fetch-Dest": nil, "Sec-Fetch-Mode": nil, "Sec-Fetch-Site": nil, "Upgrade-Insecure-Requests": nil, "User-Agent": nil, "X-Requested-With": nil}
	for b.Loop() {
		httpfield.Find(header, nil)
	}
}
