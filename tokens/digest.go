package tokens

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"

	"latchkey/perms/errorkind"
)

// ErrDigest is the error of a text that is not the digest of a token.
var ErrDigest = errorkind.Invalid.New("malformed digest: 64 hex digits are wanted, as sha256sum prints them")

// fingerprintLen is in bytes: 12 hex digits.
const fingerprintLen = 6

// Digest is the SHA-256 of a token's text: all that is ever stored of a token (T2). It is what `sha256sum` prints for
// the text without a newline. The zero value is the digest of no token.
//
// Compare with [Digest.Equal], not with ==. Package fmt and log/slog show the fingerprint, whatever the verb; only in a
// field that is not exported fmt shows the bytes, since it calls no method there.
type Digest [sha256.Size]byte

// DigestOf is the digest of any secret that was presented, well formed or not.
func DigestOf(text string) Digest { return sha256.Sum256([]byte(text)) }

// ParseDigest reads 64 hex digits of either case. Anything else, and 64 zeros, is [ErrDigest], whose text holds
// nothing of what was read: it may be a token in the wrong place.
func ParseDigest(text string) (Digest, error) {
	var digest Digest
	if len(text) != hex.EncodedLen(len(digest)) {
		return Digest{}, ErrDigest
	}
	if _, err := hex.Decode(digest[:], []byte(text)); err != nil || digest.IsZero() {
		return Digest{}, ErrDigest // not wrapping err, which quotes the text
	}
	return digest, nil
}

// Hex is the digest as 64 lower-case hex digits.
func (d Digest) Hex() string { return hex.EncodeToString(d[:]) }

// Fingerprint is the first 12 hex digits: the public name of a token in lists, logs and revisions.
func (d Digest) Fingerprint() string { return hex.EncodeToString(d[:fingerprintLen]) }

// String is the fingerprint.
func (d Digest) String() string { return d.Fingerprint() }

// Format writes the fingerprint whatever the verb: without it %x, %d and %#v would not ask [Digest.String].
func (d Digest) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, d.Fingerprint()) // Format cannot return an error; fmt keeps that of its writer
}

// LogValue is the fingerprint, for log/slog.
func (d Digest) LogValue() slog.Value { return slog.StringValue(d.Fingerprint()) }

// IsZero reports whether this is the digest of no token.
func (d Digest) IsZero() bool { return d.Equal(Digest{}) }

// Equal compares in constant time.
func (d Digest) Equal(other Digest) bool { return d.equal(other) == 1 }

// equal is 1 or 0, so that results can be combined without a branch.
func (d Digest) equal(other Digest) int { return subtle.ConstantTimeCompare(d[:], other[:]) }
