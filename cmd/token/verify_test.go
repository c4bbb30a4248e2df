package token

import (
	"crypto/rand"
	"testing"

	"latchkey/cmd/panel"
	"latchkey/tokens"
)

func freshText(t *testing.T) string {
	t.Helper()
	token, err := tokens.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return token.Reveal()
}

func TestExplainMalformed(t *testing.T) {
	t.Parallel()
	token := freshText(t)
	for text, reason := range map[string]string{
		token:       "no such token of ci",
		token[:9]:   "not well formed: it is cut off: 9 characters instead of 39; copy it again, whole",
		token + " ": "not well formed: character 40 is not a letter or digit; copy it again, whole",
		"\xff\x00":  "not well formed: it does not begin with lk_; copy it again, whole",
		"lk_":       "not well formed: it is cut off: 3 characters instead of 39; copy it again, whole",
	} {
		shape := explainMalformed(panel.VerifiedToken{Fingerprint: "0123456789ab", Reason: "no such token of ci"}, text)
		if shape.Reason != reason || (shape.Fingerprint == "") == (text == token) {
			t.Errorf("%q: got %+v, want %q", text, shape, reason)
		}
	}
	if live := (panel.VerifiedToken{Live: true, Reason: "it is the current token"}); explainMalformed(live, "another secret") != live {
		t.Error("what is accepted is told to be malformed")
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	token := freshText(t)
	typo := token[:38] + "0"
	if typo == token {
		typo = token[:38] + "1"
	}
	for text, want := range map[string]InspectedShape{
		token: {WellFormed: true, Fingerprint: tokens.DigestOf(token).Fingerprint(), Reason: "its shape and checksum are right"},
		typo:  {Reason: "not well formed: mistyped token: its checksum is wrong; copy it again"},
		"lk":  {Reason: "not well formed: it does not begin with lk_; copy it again, whole"},
	} {
		if got := inspect(text); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}
