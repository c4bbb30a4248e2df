package tokens

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"strings"

	"latchkey/perms/errorkind"
)

// Prefix begins every token, before an underscore, so that people and secret scanners know one when they see it.
const Prefix = "lk"

const (
	alphabet   = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	begin      = Prefix + "_"
	bodyLen    = 30 // random characters: 178 bits
	sumLen     = 6  // 62^6 is more than 2^32
	sumAt      = len(begin) + bodyLen
	textLen    = sumAt + sumLen
	redacted   = begin + "[redacted]"
	maxBatches = 8 // of random bytes; a sound source needs a second one about once in 10^12 tokens
)

// Errors of making and reading tokens. None of their texts holds any of the text that was read.
var (
	// ErrMalformed: the text does not have the shape of a token.
	ErrMalformed = errorkind.Invalid.New("malformed token")
	// ErrChecksum: the text has the shape of a token, but its checksum is wrong: some character is mistyped.
	ErrChecksum = errorkind.Invalid.New("mistyped token: its checksum is wrong; copy it again")
	// ErrRandom: the source of randomness is broken.
	ErrRandom = errors.New("source of randomness is broken")
)

// Token is the secret that, with the username, authenticates. Its text is had by [Token.Reveal] alone: every verb of
// package fmt, log/slog and the encoders of JSON, text and XML show "lk_[redacted]".
//
// The zero value is no token. Do not compare tokens with ==: compare their digests with [Digest.Equal].
type Token struct {
	// fmt cannot call the methods of an unexported field and prints what is in it: here the address of the text.
	text *string
}

// New makes a token of the form T1: "lk_", 30 base62 characters from random without bias, 6 base62 characters of
// CRC-32 over all before. In use random is crypto/rand.Reader.
//
// It returns an error of random, or [ErrRandom] when random yields nothing usable.
func New(random io.Reader) (Token, error) {
	text := make([]byte, 0, textLen)
	text = append(text, begin...)
	text, err := appendRandom(text, random)
	if err != nil {
		return Token{}, fmt.Errorf("making a token: %w", err)
	}
	sum := checksum(text)
	secret := string(append(text, sum[:]...))
	return Token{&secret}, nil
}

// appendRandom fills text up to sumAt with base62 characters.
func appendRandom(text []byte, random io.Reader) ([]byte, error) {
	// A byte from here on is drawn again: the remainder of the others is every digit equally often.
	const limit = 256 - 256%len(alphabet)
	var batch [48]byte
	for range maxBatches {
		if _, err := io.ReadFull(random, batch[:]); err != nil {
			return nil, fmt.Errorf("reading randomness: %w", err)
		}
		for _, drawn := range batch {
			if int(drawn) >= limit {
				continue
			}
			text = append(text, alphabet[int(drawn)%len(alphabet)])
			if len(text) == sumAt {
				return text, nil
			}
		}
	}
	return nil, ErrRandom
}

// checksum is the CRC-32 (IEEE) of what it is given, as six base62 digits, the most significant one first.
func checksum(text []byte) [sumLen]byte {
	const base = uint32(len(alphabet))
	sum := crc32.ChecksumIEEE(text)
	var digits [sumLen]byte
	for i := sumLen - 1; i >= 0; i-- {
		digits[i] = alphabet[sum%base]
		sum /= base
	}
	return digits
}

// Parse reads the text of a token, offline: whether it authenticates anybody is another question. It takes the text
// as it is; a caller that reads a line strips the line's end.
//
// It returns [ErrMalformed] or [ErrChecksum]; the texts of both say what to do and hold nothing of text.
func Parse(text string) (Token, error) {
	if reason := misshapen(text); reason != "" {
		return Token{}, fmt.Errorf("%w: %s; copy it again, whole", ErrMalformed, reason)
	}
	if sum := checksum([]byte(text[:sumAt])); string(sum[:]) != text[sumAt:] {
		return Token{}, ErrChecksum
	}
	secret := strings.Clone(text) // the caller's text may be part of something larger
	return Token{&secret}, nil
}

// misshapen says what is wrong with the shape of a token, or nothing.
func misshapen(text string) string {
	if text == "" {
		return "it is empty"
	}
	if !strings.HasPrefix(text, begin) {
		return "it does not begin with " + begin
	}
	for i := len(begin); i < len(text); i++ {
		if !isDigit(text[i]) {
			return fmt.Sprintf("character %d is not a letter or digit", i+1)
		}
	}
	switch {
	case len(text) < textLen:
		return fmt.Sprintf("it is cut off: %d characters instead of %d", len(text), textLen)
	case len(text) > textLen:
		return fmt.Sprintf("it is too long: %d characters instead of %d", len(text), textLen)
	}
	return ""
}

// isDigit reports whether c is a base62 digit.
func isDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// Reveal is the text of the token: the one way to it. Empty for the zero Token.
func (t Token) Reveal() string {
	if t.text == nil {
		return ""
	}
	return *t.text
}

// IsZero reports whether this is no token.
func (t Token) IsZero() bool { return t.text == nil }

// Digest is the digest of the token's text, as stored. The zero Token has the zero Digest, which nothing accepts.
func (t Token) Digest() Digest {
	if t.text == nil {
		return Digest{}
	}
	return DigestOf(*t.text)
}

// String is "lk_[redacted]".
func (t Token) String() string { return redacted }

// Format writes "lk_[redacted]" whatever the verb: without it %x, %d and %#v would not ask [Token.String].
func (t Token) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, redacted) // Format cannot return an error; fmt keeps that of its writer
}

// MarshalText is "lk_[redacted]"; encoding/json and encoding/xml use it too. There is no way back.
func (t Token) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue is "lk_[redacted]", for log/slog.
func (t Token) LogValue() slog.Value { return slog.StringValue(redacted) }
