package tokens

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	a, b := mustNew(t).Reveal(), mustNew(t).Reveal()
	basic := base64.StdEncoding.EncodeToString([]byte("ann:" + a))
	for name, test := range map[string]struct{ text, want string }{
		"nothing":              {"", ""},
		"no token":             {"resource:talk_orders: head " + strings.Repeat("0123abcd", 8), "resource:talk_orders: head " + strings.Repeat("0123abcd", 8)},
		"alone":                {a, redacted},
		"quoted, and another":  {`got "` + a + `" and ` + b + "\n", `got "` + redacted + `" and ` + redacted + "\n"},
		"glued":                {"ci-" + a + "xyz/" + b, "ci-" + redacted + "/" + redacted},
		"behind letters":       {"x" + a, "x" + redacted},
		"mistyped":             {a[:10] + "!" + a[10:] + " " + a[:37], a[:10] + "!" + a[10:] + " " + redacted},
		"a good part":          {a[:25], redacted},
		"percent-encoded":      {"t=lk%5F" + a[3:], "t=" + redacted},
		"basic":                {"Authorization: Basic " + basic, "Authorization: Basic " + redacted + strings.Repeat("=", strings.Count(basic, "="))},
		"blotted out":          {redacted, redacted},
		"a name with a prefix": {"talk_administrators", "talk_administrators"},
	} {
		if got := Redact(test.text); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// FuzzRedact: nothing is found in what was redacted, and nothing else is changed.
func FuzzRedact(f *testing.F) {
	token := mustNew(f).Reveal()
	for _, seed := range []string{"", token, "x" + token + token, base64.StdEncoding.EncodeToString([]byte("u:" + token)), "lk_", "lk%5F"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Redact(text)
		if found, _ := Find(got); len(found) > 0 {
			t.Errorf("%q: a token is left in %q", text, got)
		}
		if !strings.Contains(text, Prefix) && len(text) < shortestEncoded && got != text {
			t.Errorf("%q: got %q", text, got)
		}
	})
}
