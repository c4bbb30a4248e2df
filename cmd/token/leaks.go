package token

import (
	"strings"
	"unicode"

	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

// leaks are the tokens that somebody found where they should not be.
type leaks struct {
	now          verifiedtime.Time      // when it is judged which tokens are live
	digests      map[tokens.Digest]bool // of tokens that were there, or of which the whole SHA-256 was
	fingerprints map[string]bool        // that were there as such
	found        []string               // the fingerprints of all, each once, in the order of the text
	incomplete   []int                  // the lines, from 1, with something like a token that is none
	lines        int
}

// findLeaks reads a text that may be anything. Tokens, fingerprints and digests count wherever they stand, the latter two
// as words of their own. In a comment, a line that begins with '#', only tokens do: a setting that is switched off.
func findLeaks(text string) leaks {
	all := leaks{digests: map[tokens.Digest]bool{}, fingerprints: map[string]bool{}}
	known := map[string]bool{}
	add := func(fingerprint string) {
		if !known[fingerprint] {
			known[fingerprint] = true
			all.found = append(all.found, fingerprint)
		}
	}
	for line := range strings.Lines(text) {
		all.lines++
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			all.findHex(line, add)
		}
		found, incomplete := tokens.Find(line)
		for _, token := range found {
			all.digests[token.Digest()] = true
			add(token.Digest().Fingerprint())
		}
		if incomplete > 0 {
			all.incomplete = append(all.incomplete, all.lines)
		}
	}
	return all
}

// findHex finds fingerprints and digests. That other words look like one is no matter: they are nobody's.
func (l *leaks) findHex(line string, add func(fingerprint string)) {
	for word := range strings.FieldsFuncSeq(line, endsWord) {
		word = strings.Trim(word, "-") // of a list, or of a difference
		if digest, err := tokens.ParseDigest(word); err == nil {
			l.digests[digest] = true
			add(digest.Fingerprint())
		} else if fingerprint, ok := tokens.ParseFingerprint(word); ok {
			l.fingerprints[fingerprint] = true
			add(fingerprint)
		}
	}
}

// endsWord keeps a UUID whole, whose end could be a fingerprint.
func endsWord(c rune) bool {
	return c != '_' && c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c)
}

// has reports whether a stored token is among the leaked ones. Where the whole digest is known a fingerprint is not
// enough: with some work anybody can make a token that has another one's.
func (l *leaks) has(digest tokens.Digest) bool {
	return !digest.IsZero() && (l.digests[digest] || l.fingerprints[digest.Fingerprint()])
}

// isLive reports whether a live token of an access is leaked.
func (l *leaks) isLive(access tokens.Access) bool { return len(l.live("", access)) > 0 }

// live lists the live tokens of a user that are leaked. A retiring one counts unless it has surely ended.
func (l *leaks) live(name string, access tokens.Access) []RevokedShape {
	var shapes []RevokedShape
	add := func(which string, digest tokens.Digest, live bool) {
		if live && access.Enabled() && l.has(digest) {
			shapes = append(shapes, RevokedShape{Name: name, Fingerprint: digest.Fingerprint(), Token: which})
		}
	}
	add("current", access.Current, true)
	add("retiring", access.Retiring, l.now.MaybeBefore(access.RetiringUntil))
	return shapes
}
