package api

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"latchkey/db/snapshot"
	"latchkey/tokens"
)

func encode(credentials string) string { return base64.StdEncoding.EncodeToString([]byte(credentials)) }

// readBasic reads a header of the Basic scheme.
func readBasic(header http.Header) (username, secret string, err error) {
	scheme, rest := authorization(header)
	if scheme != "Basic" {
		return "", "", errNoCredentials
	}
	return parseBasic(rest)
}

// TestParseBearer: the token must have our form, and its checksum (T1).
func TestParseBearer(t *testing.T) {
	t.Parallel()
	token, err := tokens.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := token.Reveal()
	right := snapshot.Credentials{ByToken: true, Token: token.Digest()}
	for field, want := range map[string]snapshot.Credentials{
		"Bearer " + text: right, "bearer " + text: right, "BEARER    " + text: right,
		"Bearer": {}, "Bearer ": {}, "Bearer" + text: {}, "Bearer\t" + text: {}, " Bearer " + text: {}, "Bearer " + text + " ": {}, "Bearer " + text + "\n": {},
		"Bearer " + text + ", Bearer " + text: {}, "Bearer " + text[:len(text)-1]: {}, "Bearer " + text + "0": {}, "Bearer " + strings.ToUpper(text): {},
		"Bearer " + text[:len(text)-1] + string(text[len(text)-1]^1): {}, "Bearer " + text[3:]: {}, "Bearer " + encode(text): {}, "Bearer " + encode("admin:"+text): {},
		"Token " + text: {}, "Digest " + text: {}, text: {}, "Basic " + text: {}, "Bea\u0280er " + text: {},
		"Bearer " + text + strings.Repeat(" ", 1024): {},
	} {
		got, err := parseCredentials(http.Header{"Authorization": {field}})
		if got != want || (err == nil) != (want != snapshot.Credentials{}) {
			t.Errorf("%q: got %+v, %v, want %+v", field, got, err, want)
		}
	}
	if _, err := parseCredentials(http.Header{"Authorization": {"Bearer " + text, "Bearer " + text}}); err == nil {
		t.Error("two fields were taken")
	}
}

func TestParseBasic(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		fields   []string
		username string
		secret   string
		refused  bool
	}{
		{name: "plain", fields: []string{"Basic YTpi"}, username: "a", secret: "b"},
		{name: "example of RFC 7617", fields: []string{"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, username: "Aladdin", secret: "open sesame"},
		{name: "UTF-8 example of RFC 7617", fields: []string{"Basic dGVzdDoxMjPCow=="}, username: "test", secret: "123£"},
		{name: "lower case scheme", fields: []string{"basic YTpi"}, username: "a", secret: "b"},
		{name: "mixed case scheme", fields: []string{"bAsIc YTpi"}, username: "a", secret: "b"},
		{name: "several spaces", fields: []string{"Basic    YTpi"}, username: "a", secret: "b"},
		{name: "padding left out", fields: []string{"Basic YTpiYw"}, username: "a", secret: "bc"},
		{name: "padding whole", fields: []string{"Basic YTpiYw=="}, username: "a", secret: "bc"},
		{name: "first colon", fields: []string{"Basic " + encode("a:b:c:")}, username: "a", secret: "b:c:"},
		{name: "empty secret", fields: []string{"Basic " + encode("a:")}, username: "a"},
		{name: "empty username", fields: []string{"Basic " + encode(":b")}, secret: "b"},
		{name: "both empty", fields: []string{"Basic Og=="}},
		{name: "slash and plus", fields: []string{"Basic " + encode("a:\u00bf\u00be?>~")}, username: "a", secret: "\u00bf\u00be?>~"},
		{name: "1 KiB", fields: []string{"Basic " + encode("a:"+strings.Repeat("x", 760))}, username: "a", secret: strings.Repeat("x", 760)},

		{name: "no field", refused: true},
		{name: "empty field", fields: []string{""}, refused: true},
		{name: "two fields", fields: []string{"Basic YTpi", "Basic YTpi"}, refused: true},
		{name: "two credentials in a field", fields: []string{"Basic YTpi, Basic YTpi"}, refused: true},
		{name: "above 1 KiB", fields: []string{"Basic " + encode("a:"+strings.Repeat("x", 763))}, refused: true},
		{name: "scheme alone", fields: []string{"Basic"}, refused: true},
		{name: "nothing behind the scheme", fields: []string{"Basic "}, refused: true},
		{name: "other scheme", fields: []string{"Bearer YTpi"}, refused: true},
		{name: "longer scheme", fields: []string{"BasicX YTpi"}, refused: true},
		{name: "scheme of other letters", fields: []string{"Ba\u017fic YTpi"}, refused: true},
		{name: "no space", fields: []string{"BasicYTpi"}, refused: true},
		{name: "tab", fields: []string{"Basic\tYTpi"}, refused: true},
		{name: "space and tab", fields: []string{"Basic \tYTpi"}, refused: true},
		{name: "space in front", fields: []string{" Basic YTpi"}, refused: true},
		{name: "space behind", fields: []string{"Basic YTpi "}, refused: true},
		{name: "space within", fields: []string{"Basic YT pi"}, refused: true},
		{name: "line end within", fields: []string{"Basic YT\r\npi"}, refused: true},
		{name: "line end behind", fields: []string{"Basic YTpi\n"}, refused: true},
		{name: "half the padding", fields: []string{"Basic YTpiYw="}, refused: true},
		{name: "too much padding", fields: []string{"Basic YTpi="}, refused: true},
		{name: "padding alone", fields: []string{"Basic =="}, refused: true},
		{name: "bits left over", fields: []string{"Basic YTpiYx=="}, refused: true},
		{name: "bits left over without padding", fields: []string{"Basic YTpiYx"}, refused: true},
		{name: "one character left over", fields: []string{"Basic YTpiY"}, refused: true},
		{name: "base64url", fields: []string{"Basic " + strings.ReplaceAll(encode("a:??>>~~"), "/", "_")}, refused: true},
		{name: "no colon", fields: []string{"Basic " + encode("ab")}, refused: true},
		{name: "NUL", fields: []string{"Basic " + encode("a\x00:b")}, refused: true},
		{name: "line end in the secret", fields: []string{"Basic " + encode("a:b\n")}, refused: true},
		{name: "tab in the secret", fields: []string{"Basic " + encode("a:b\tc")}, refused: true},
		{name: "DEL", fields: []string{"Basic " + encode("a:\x7f")}, refused: true},
		{name: "first of C1", fields: []string{"Basic " + encode("a:\u0080")}, refused: true},
		{name: "last of C1", fields: []string{"Basic " + encode("\u009f:b")}, refused: true},
		{name: "invalid UTF-8", fields: []string{"Basic " + encode("a:\xff")}, refused: true},
		{name: "overlong UTF-8", fields: []string{"Basic " + encode("a\xc0\xba:b")}, refused: true},
		{name: "surrogate", fields: []string{"Basic " + encode("a:\xed\xa0\x80")}, refused: true},
	} {
		username, secret, err := readBasic(http.Header{"Authorization": test.fields})
		if username != test.username || secret != test.secret || (err != nil) != test.refused {
			t.Errorf("%s: got %q, %q, %v, want %q, %q, refused %v", test.name, username, secret, err, test.username, test.secret, test.refused)
		}
	}
}

// FuzzParseBasic: accepted credentials are text, and the header is their canonical form.
func FuzzParseBasic(f *testing.F) {
	for _, field := range []string{"Basic YTpi", "basic YTpiYw", "Basic YTpiYw==", "Basic YTpiYx==", "Basic YTpi=", "Basic Og==", "Bearer x", "Basic YT\npi"} {
		f.Add(field)
	}
	f.Fuzz(func(t *testing.T, field string) {
		username, secret, err := readBasic(http.Header{"Authorization": {field}})
		if err != nil {
			if username != "" || secret != "" {
				t.Errorf("%q: refused, but %q and %q came out", field, username, secret)
			}
			return
		}
		if strings.Contains(username, ":") || !isText(username) || !isText(secret) || len(field) > maxAuthorization {
			t.Errorf("%q: took %q and %q", field, username, secret)
		}
		given := strings.TrimLeft(field[len("Basic "):], " ")
		if canonical := encode(username + ":" + secret); given != canonical && given != strings.TrimRight(canonical, "=") {
			t.Errorf("%q: took another form than %q", field, canonical)
		}
	})
}

// FuzzParseBasicTakes: every username without a colon and every secret are accepted, if they are text.
func FuzzParseBasicTakes(f *testing.F) {
	f.Add("admin", "lk_secret")
	f.Add("jürgen", "a:b")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, username, secret string) {
		field := "Basic " + encode(username+":"+secret)
		possible := isText(username) && isText(secret) && !strings.Contains(username, ":") && len(field) <= maxAuthorization
		gotUsername, gotSecret, err := readBasic(http.Header{"Authorization": {field}})
		if possible && (err != nil || gotUsername != username || gotSecret != secret) {
			t.Errorf("%q, %q: got %q, %q, %v", username, secret, gotUsername, gotSecret, err)
		}
	})
}

func BenchmarkParseBasic(b *testing.B) {
	header := http.Header{"Authorization": {"Basic " + encode("admin:lk_"+strings.Repeat("x", 36))}}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := readBasic(header); err != nil {
			b.Fatal(err)
		}
	}
}
