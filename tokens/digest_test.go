package tokens

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// The digests that sha256sum prints for the known tokens.
var digests = map[string]string{
	textOfZeros:    "c1201425de02fd6d3645323ffbef60dc397cb19c565c121e614b90989c0761d8",
	textOfAlphabet: "019d744537c04b2f04ca44f2ee2bd7937ed559ffef578fb6d3c8bd0277776194",
	textOfZs:       "b148064e55feca43efe816a67a110241e84716e2e0d69160e98d69821f35f0ef",
}

func TestDigest(t *testing.T) {
	t.Parallel()
	for text, want := range digests {
		token, err := Parse(text)
		if err != nil {
			t.Fatalf("Parse: %v", err)
		}
		digest := token.Digest()
		if got := digest.Hex(); got != want {
			t.Errorf("Hex: got %s, want %s", got, want)
		}
		if got := digest.Fingerprint(); got != want[:12] {
			t.Errorf("Fingerprint: got %s, want %s", got, want[:12])
		}
		if got := DigestOf(text); !got.Equal(digest) {
			t.Errorf("DigestOf: got %s, want %s", got.Hex(), want)
		}
		if got, err := ParseDigest(want); err != nil || !got.Equal(digest) {
			t.Errorf("ParseDigest: got %s and error %v, want %s", got.Hex(), err, want)
		}
		if got, err := ParseDigest(strings.ToUpper(want)); err != nil || !got.Equal(digest) {
			t.Errorf("ParseDigest of capitals: got %s and error %v, want %s", got.Hex(), err, want)
		}
	}
}

func TestZeroDigest(t *testing.T) {
	t.Parallel()
	if got := (Token{}).Digest(); !got.IsZero() {
		t.Errorf("digest of no token: got %s, want the zero digest", got.Hex())
	}
	if DigestOf("").IsZero() {
		t.Error("the digest of an empty secret is the zero digest, which stands for no token")
	}
	if got := (Token{}).Reveal(); got != "" {
		t.Errorf("Reveal of no token: got %q, want nothing", got)
	}
}

func TestDigestEqual(t *testing.T) {
	t.Parallel()
	digest := DigestOf("one")
	if !digest.Equal(digest) || !digest.Equal(DigestOf("one")) {
		t.Error("a digest does not equal itself")
	}
	for i := range digest {
		for bit := range 8 {
			other := digest
			other[i] ^= 1 << bit
			if digest.Equal(other) || other.Equal(digest) {
				t.Errorf("bit %d of byte %d makes no difference", bit, i)
			}
		}
	}
}

func TestParseDigestRefuses(t *testing.T) {
	t.Parallel()
	good := digests[textOfZs]
	for name, text := range map[string]string{
		"empty": "", "short": good[:63], "odd": good[:61], "long": good + "00", "newline": good + "\n",
		"not hex": "g" + good[1:], "token": textOfZs, "fingerprint": good[:12], "zero": strings.Repeat("0", 64),
	} {
		digest, err := ParseDigest(text)
		if !errors.Is(err, ErrDigest) || !digest.IsZero() {
			t.Errorf("%s: got %s and error %v, want %v", name, digest.Hex(), err, ErrDigest)
		}
	}
}

func TestDigestShowsItsFingerprint(t *testing.T) {
	t.Parallel()
	digest := DigestOf(textOfZs)
	want := digest.Fingerprint()
	numbers := strings.Trim(fmt.Sprint(digest[:]), "[]")
	for _, verb := range []string{"v", "s", "q", "x", "X", "d", "o", "b", "c", "U", "t"} {
		for _, flags := range []string{"", "+", "#", " ", "060"} {
			verb := "%" + flags + verb
			if got := fmt.Sprintf(verb, digest); got != want {
				t.Errorf("%s: got %q, want %q", verb, got, want)
			}
			got := strings.ToLower(fmt.Sprintf(verb, &Access{Current: digest}))
			if !strings.Contains(got, want) || strings.Contains(got, digest.Hex()) || strings.Contains(got, numbers) {
				t.Errorf("%s within Access: got %q, want the fingerprint alone", verb, got)
			}
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("saved", "token", digest)
	if !strings.Contains(log.String(), `"token":"`+want+`"`) {
		t.Errorf("log: got %q, want the fingerprint %s", log.String(), want)
	}
}

func FuzzParseDigest(f *testing.F) {
	for _, text := range digests {
		f.Add(text)
		f.Add(strings.ToUpper(text))
	}
	f.Add(strings.Repeat("0", 64))
	f.Fuzz(func(t *testing.T, text string) {
		digest, err := ParseDigest(text)
		if (err == nil) == digest.IsZero() {
			t.Fatalf("got zero digest %t beside error %v", digest.IsZero(), err)
		}
		if err == nil && digest.Hex() != strings.ToLower(text) {
			t.Fatalf("got %s, want %s", digest.Hex(), text)
		}
	})
}

func BenchmarkDigest(b *testing.B) {
	b.ReportAllocs()
	token := mustNew(b)
	for b.Loop() {
		if token.Digest().IsZero() {
			b.Fatal("zero digest")
		}
	}
}
