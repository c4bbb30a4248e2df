package token

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"latchkey/tokens"
)

func TestFindLeaks(t *testing.T) {
	t.Parallel()
	a, b := freshText(t), freshText(t)
	digest := tokens.DigestOf(a)
	print1, print2 := digest.Fingerprint(), tokens.DigestOf(b).Fingerprint()
	for name, test := range map[string]struct {
		text       string
		found      []string
		incomplete []int
		hasA       bool
	}{
		"nothing":             {"", nil, nil, false},
		"blanks and comments": {"\n  \n# " + print1 + "\n\t#" + digest.Hex() + "\n# token " + print1 + "\n", nil, nil, false},
		"a setting, off":      {"#TOKEN=" + a + "\n", []string{print1}, nil, true},
		"a header, off":       {"# Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ann:"+a)), []string{print1}, nil, true},
		"a header":            {"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ann:"+a)), []string{print1}, nil, true},
		"percent-encoded":     {"?t=lk%5f" + a[3:], []string{print1}, nil, true},
		"sha256sum":           {strings.ToUpper(digest.Hex()) + "  -\n", []string{print1}, nil, true},
		"sha256sum of a file": {"0\n" + digest.Hex() + " *" + b + "\n", []string{print1, print2}, nil, true},
		"a digest, no word":   {digest.Hex() + "0\n" + digest.Hex() + "x\nsum_" + digest.Hex(), nil, nil, false},
		"a digest in a line":  {"sum " + digest.Hex() + ", of a token", []string{print1}, nil, true},
		"in a table":          {"NAME  TOKEN\nann   " + print1 + "  2026-11-20  5d\n", []string{print1}, nil, true},
		"in a list":           {"ann\t" + print2 + "\t" + print1, []string{print2, print1}, nil, true},
		"in a difference":     {"access: on, token " + print2 + " → on, token " + strings.ToUpper(print1) + ", retiring " + print2 + " until", []string{print2, print1}, nil, true},
		"in a record":         {"fingerprint: " + print1 + "\nretiring:\t" + print2, []string{print1, print2}, nil, true},
		"in JSON":             {`{"fingerprint": "` + print1 + `","token":"` + print2 + `"}`, []string{print1, print2}, nil, true},
		"in a log":            {"msg=x token=" + print1 + " y=z", []string{print1}, nil, true},
		"no word of its own":  {print1 + "0 x" + print1 + " 1f0e3c2a-0000-4000-8000-" + print1 + " é" + print1 + " _" + print1, nil, nil, false},
		"a token":             {a + "\n", []string{print1}, nil, true},
		"without an end":      {a, []string{print1}, nil, true},
		"indented, CRLF":      {"  " + a + " \r\n", []string{print1}, nil, true},
		"two in a line":       {`{"a":"` + b + `","b":"` + a + `"}`, []string{print2, print1}, nil, true},
		"a fingerprint":       {"\n " + strings.ToUpper(print1) + "\n", []string{print1}, nil, true},
		"a digest":            {digest.Hex(), []string{print1}, nil, true},
		"within a line":       {"it is " + print1 + ", of ann\n", []string{print1}, nil, true},
		"in a unified diff":   {"-" + print1 + "\tann\n+" + print2 + "\tann\n", []string{print1, print2}, nil, true},
		"twice":               {a + "\n" + print1 + "\n" + a, []string{print1}, nil, true},
		"incomplete":          {"fine\n" + a[:30] + "\nlk_*** and " + a + "\n", []string{print1}, []int{2, 3}, true},
	} {
		got := findLeaks(test.text)
		if !slices.Equal(got.found, test.found) || !slices.Equal(got.incomplete, test.incomplete) || got.Has(digest) != test.hasA {
			t.Errorf("%s: got %q, lines %v, has %t; want %q, %v, %t", name, got.found, got.incomplete, got.Has(digest), test.found, test.incomplete, test.hasA)
		}
	}
}

// TestLeakedTokenIsNotItsFingerprint: a token that shares the fingerprint of another one does not disable its owner.
func TestLeakedTokenIsNotItsFingerprint(t *testing.T) {
	t.Parallel()
	token := freshText(t)
	other := tokens.DigestOf(token)
	other[31] ^= 1
	leaked := findLeaks(token)
	if other.Fingerprint() != tokens.DigestOf(token).Fingerprint() || leaked.Has(other) || leaked.Has(tokens.Digest{}) {
		t.Error("another token with the same fingerprint, or no token, counts as leaked")
	}
}
