package tokens

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
)

// Known answers, computed with another program from the words of T1. None of them ever belonged to anybody.
const (
	textOfZeros    = "lk_0000000000000000000000000000003xzwem"
	textOfPadded   = "lk_0000000000000000000000000000060uX4Qn" // a checksum with a leading zero
	textOfAlphabet = "lk_0123456789ABCDEFGHIJKLMNOPQRST1kV5HZ"
	textOfZs       = "lk_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz1HBbAF"
)

var known = []string{textOfZeros, textOfPadded, textOfAlphabet, textOfZs}

var shape = regexp.MustCompile(`^lk_[0-9A-Za-z]{36}$`)

// repeat yields the same bytes over and over.
type repeat []byte

func (r repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r[i%len(r)]
	}
	return len(p), nil
}

func mustNew(tb testing.TB) Token {
	tb.Helper()
	token, err := New(rand.Reader)
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	return token
}

func TestNewOfKnownRandomness(t *testing.T) {
	t.Parallel()
	counting := make(repeat, 48)
	for i := range counting {
		counting[i] = byte(i)
	}
	tests := []struct {
		name   string
		random io.Reader
		want   string
	}{
		{"zeros", repeat{0}, textOfZeros},
		{"the last digit", repeat{61}, textOfZs},
		{"the largest byte that counts", repeat{247}, textOfZs},
		{"counting", counting, textOfAlphabet},
		{"rejected bytes are skipped", repeat{255, 248, 61}, textOfZs},
		{"a byte at a time", iotest.OneByteReader(repeat{0}), textOfZeros},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			token, err := New(test.random)
			if err != nil {
				t.Fatalf("New: %v", err)
			}
			if got := token.Reveal(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestNewOfBrokenRandomness(t *testing.T) {
	t.Parallel()
	cause := errors.New("no entropy today")
	tests := []struct {
		name   string
		random io.Reader
		want   error
	}{
		{"nothing usable", repeat{255}, ErrRandom},
		{"an error", iotest.ErrReader(cause), cause},
		{"the end at once", strings.NewReader(""), io.EOF},
		{"the end too early", bytes.NewReader(make([]byte, 29)), io.ErrUnexpectedEOF},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			token, err := New(test.random)
			if !errors.Is(err, test.want) {
				t.Errorf("got error %v, want %v", err, test.want)
			}
			if !token.IsZero() {
				t.Errorf("got a token, want none")
			}
		})
	}
}

// A character that is likelier than the others would show here: 62 counts of 30 000 characters, each expected 484
// times. The limit is where a sound source ends up about once in 10^9 runs.
func TestNewIsUnbiased(t *testing.T) {
	t.Parallel()
	const made, limit = 1000, 150.0
	counts := map[rune]int{}
	seen := map[string]bool{}
	for range made {
		text := mustNew(t).Reveal()
		if !shape.MatchString(text) {
			t.Fatalf("a token does not match %s", shape)
		}
		if seen[text] {
			t.Fatal("a token was made twice")
		}
		seen[text] = true
		for _, c := range text[len(begin):sumAt] {
			counts[c]++
		}
	}
	expected := float64(made*bodyLen) / float64(len(alphabet))
	var squares float64
	for _, c := range alphabet {
		squares += (float64(counts[c]) - expected) * (float64(counts[c]) - expected) / expected
	}
	if squares > limit {
		t.Errorf("chi-square of 61 degrees of freedom: got %.1f, want at most %.0f", squares, limit)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       error
		says       string
	}{
		{"zeros", textOfZeros, nil, ""},
		{"padded checksum", textOfPadded, nil, ""},
		{"every digit", textOfAlphabet, nil, ""},
		{"empty", "", ErrMalformed, "empty"},
		{"prefix only", "lk_", ErrMalformed, "cut off: 3 characters instead of 39"},
		{"cut off", textOfZs[:38], ErrMalformed, "cut off: 38"},
		{"one too many", textOfZs + "z", ErrMalformed, "too long: 40"},
		{"newline after it", textOfZs + "\n", ErrMalformed, "character 40"},
		{"space before it", " " + textOfZs, ErrMalformed, "does not begin with lk_"},
		{"prefix in capitals", "LK_" + textOfZs[3:], ErrMalformed, "does not begin"},
		{"prefix of another kind", "ak_" + textOfZs[3:], ErrMalformed, "does not begin"},
		{"hyphen", strings.Replace(textOfZs, "lk_zz", "lk_z-", 1), ErrMalformed, "character 5"},
		{"zero byte", strings.Replace(textOfZs, "lk_z", "lk_\x00", 1), ErrMalformed, "character 4"},
		{"letter beyond ASCII", strings.Replace(textOfZs, "lk_zz", "lk_é", 1), ErrMalformed, "character 4"},
		{"mistyped", strings.Replace(textOfZs, "lk_z", "lk_y", 1), ErrChecksum, "copy it again"},
		{"mistyped checksum", textOfZs[:38] + "G", ErrChecksum, "copy it again"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			token, err := Parse(test.text)
			if !errors.Is(err, test.want) {
				t.Fatalf("got error %v, want %v", err, test.want)
			}
			if err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("got error %q, want it to say %q", err, test.says)
			}
			if err == nil && token.Reveal() != test.text {
				t.Errorf("got another text than the one parsed")
			}
			if token.IsZero() != (err != nil) {
				t.Errorf("got IsZero %t beside error %v", token.IsZero(), err)
			}
		})
	}
}

func TestParseErrorsHoldNothingOfTheText(t *testing.T) {
	t.Parallel()
	text := mustNew(t).Reveal()
	for _, damaged := range []string{text[:38], text + "z", "x" + text, text[1:], text + "\n", text[:20] + "-" + text[21:]} {
		_, err := Parse(damaged)
		if err == nil {
			t.Fatal("a damaged token was parsed")
		}
		for at := 0; at+4 <= len(text); at++ {
			if part := text[at : at+4]; part[0] != 'l' && strings.Contains(err.Error(), part) {
				t.Errorf("error %q holds characters %d to %d of the token", err, at+1, at+4)
			}
		}
	}
}
