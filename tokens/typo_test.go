package tokens

import (
	"crypto/rand"
	"errors"
	"testing"
)

// Every single wrong character, and every exchange of two neighbours, is found: by CRC-32 for certain, not only
// probably, as both are bursts of at most 16 bits.
func TestParseFindsEveryTypo(t *testing.T) {
	t.Parallel()
	for _, text := range append(known, mustNew(t).Reveal()) {
		for at := range text {
			typo := []byte(text)
			for c := range 256 {
				typo[at] = byte(c)
				if _, err := Parse(string(typo)); (err == nil) != (typo[at] == text[at]) {
					t.Errorf("character %d as byte %#x: got error %v", at+1, c, err)
				}
			}
			if at == 0 || text[at] == text[at-1] || at == sumAt {
				continue // the exchange across the border of body and checksum is no burst
			}
			swapped := []byte(text)
			swapped[at-1], swapped[at] = swapped[at], swapped[at-1]
			if _, err := Parse(string(swapped)); err == nil {
				t.Errorf("characters %d and %d exchanged: got no error", at, at+1)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range known {
		f.Add(text, uint8(7), uint8('q'))
	}
	f.Add("lk_", uint8(0), uint8(0))
	f.Fuzz(func(t *testing.T, text string, at, c uint8) {
		token, err := Parse(text)
		if err != nil {
			if !token.IsZero() || (!errors.Is(err, ErrMalformed) && !errors.Is(err, ErrChecksum)) {
				t.Fatalf("got zero token %t and error %v", token.IsZero(), err)
			}
			if errors.Is(err, ErrMalformed) == shape.MatchString(text) {
				t.Fatalf("got error %v, want it by %s", err, shape)
			}
			parseWithRightChecksum(t, text)
			return
		}
		if !shape.MatchString(text) || token.Reveal() != text {
			t.Fatalf("a text was parsed that is not a token, or parsed to another one")
		}
		changed := []byte(text)
		changed[int(at)%len(text)] = c
		if _, err := Parse(string(changed)); err == nil && string(changed) != text {
			t.Fatalf("character %d as byte %#x: got no error", int(at)%len(text)+1, c)
		}
	})
}

// parseWithRightChecksum gives a body that fuzzing came upon the checksum that it would never guess.
func parseWithRightChecksum(t *testing.T, text string) {
	t.Helper()
	if !shape.MatchString(text) {
		return
	}
	sum := checksum([]byte(text[:sumAt]))
	if _, err := Parse(text[:sumAt] + string(sum[:])); err != nil {
		t.Fatalf("with the right checksum: got error %v", err)
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(textOfAlphabet); err != nil {
			b.Fatal(err)
		}
	}
}
