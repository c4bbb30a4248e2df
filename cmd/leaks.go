package cmd

import (
	"strings"
	"time"

	"latchkey/tokens"
)

// leaks are the tokens and fingerprints that somebody found in the open.
type leaks struct {
	now          time.Time // when it is judged which tokens are live
	digests      map[tokens.Digest]bool
	fingerprints map[string]bool // of those that stood there as fingerprints alone
	found        []string        // fingerprints of all, each once, in the order of the text
	incomplete   []int           // the lines, from 1, with something like a token that is none
}

// findLeaks reads a text that may be anything. A line that is a fingerprint or a digest, and nothing else, counts as one;
// in any other line tokens are looked for, wherever they stand. A line that begins with '#' is a comment.
func findLeaks(text string, now time.Time) leaks {
	all := leaks{now: now, digests: map[tokens.Digest]bool{}, fingerprints: map[string]bool{}}
	seen := map[string]bool{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		for _, fingerprint := range all.addLine(strings.TrimSpace(line), number) {
			if !seen[fingerprint] {
				seen[fingerprint] = true
				all.found = append(all.found, fingerprint)
			}
		}
	}
	return all
}

// addLine adds what one line has, and returns its fingerprints.
func (l *leaks) addLine(line string, number int) []string {
	if strings.HasPrefix(line, "#") {
		return nil
	}
	if fingerprint, ok := tokens.ParseFingerprint(line); ok {
		l.fingerprints[fingerprint] = true
		return []string{fingerprint}
	}
	if digest, err := tokens.ParseDigest(line); err == nil {
		l.digests[digest] = true
		return []string{digest.Fingerprint()}
	}
	found, mistyped := tokens.Find(line)
	if mistyped > 0 {
		l.incomplete = append(l.incomplete, number)
	}
	var fingerprints []string
	for _, token := range found {
		l.digests[token.Digest()] = true
		fingerprints = append(fingerprints, token.Digest().Fingerprint())
	}
	return fingerprints
}

// has tells whether a stored token is among the leaked ones. Where the whole digest is known a fingerprint is not
// enough: with some work anybody can make a token that has another one's.
func (l *leaks) has(digest tokens.Digest) bool {
	return !digest.IsZero() && (l.digests[digest] || l.fingerprints[digest.Fingerprint()])
}

// of lists the live tokens of an access that are leaked: "current", "retiring" or both.
func (l *leaks) of(access tokens.Access) []revokedShape {
	var shapes []revokedShape
	for _, one := range []struct {
		which  string
		digest tokens.Digest
	}{{"current", access.Current}, {"retiring", access.Retiring}} {
		if l.has(one.digest) && access.Accepts(one.digest, l.now) {
			shapes = append(shapes, revokedShape{Fingerprint: one.digest.Fingerprint(), Token: one.which})
		}
	}
	return shapes
}

// any tells whether a live token of an access is leaked.
func (l *leaks) any(access tokens.Access) bool { return len(l.of(access)) > 0 }
