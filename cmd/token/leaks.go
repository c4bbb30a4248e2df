package token

import (
	"regexp"
	"strings"
	"sync"
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
	lines        int             // that were read
}

// besideName is a fingerprint within a line as our own lists, differences and logs have it: behind a word that says so.
var besideName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:token|retiring|fingerprint)["']?[ \t]*[:=]?[ \t]*["']?([0-9a-f]{12})\b`)
})

// findLeaks reads a text that may be anything. In every line tokens are looked for, wherever they stand. A line that
// begins with '#' is a comment; in any other one fingerprints and digests count too, where they are told apart from
// other hex digits.
func findLeaks(text string, now time.Time) leaks {
	all := leaks{now: now, digests: map[tokens.Digest]bool{}, fingerprints: map[string]bool{}}
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		all.lines++
		for _, fingerprint := range all.addLine(strings.TrimSpace(line)) {
			if !seen[fingerprint] {
				seen[fingerprint] = true
				all.found = append(all.found, fingerprint)
			}
		}
	}
	return all
}

// addLine adds what one line has, and returns its fingerprints.
func (l *leaks) addLine(line string) []string {
	var fingerprints []string
	if !strings.HasPrefix(line, "#") {
		fingerprints = append(l.addDigest(line), l.addFingerprints(line)...)
	}
	found, mistyped := tokens.Find(line) // in a comment too: it may be a setting that somebody switched off
	if mistyped > 0 {
		l.incomplete = append(l.incomplete, l.lines)
	}
	for _, token := range found {
		l.digests[token.Digest()] = true
		fingerprints = append(fingerprints, token.Digest().Fingerprint())
	}
	return fingerprints
}

// addDigest adds the digest that a line begins with, alone or before a file's name as sha256sum prints it.
func (l *leaks) addDigest(line string) []string {
	word := line
	if end := strings.IndexAny(line, " \t"); end >= 0 {
		word = line[:end]
	}
	digest, err := tokens.ParseDigest(word)
	if err != nil {
		return nil
	}
	l.digests[digest] = true
	return []string{digest.Fingerprint()}
}

// addFingerprints adds those that are a column of a list, or the whole line, and those behind a word that says so.
func (l *leaks) addFingerprints(line string) (fingerprints []string) {
	add := func(text string) {
		if fingerprint, ok := tokens.ParseFingerprint(text); ok {
			l.fingerprints[fingerprint] = true
			fingerprints = append(fingerprints, fingerprint)
		}
	}
	for column := range strings.SplitSeq(strings.ReplaceAll(line, "  ", "\t"), "\t") {
		add(strings.TrimSpace(column))
	}
	for _, match := range besideName().FindAllStringSubmatch(line, -1) {
		add(match[1])
	}
	return fingerprints
}

// has tells whether a stored token is among the leaked ones. Where the whole digest is known a fingerprint is not
// enough: with some work anybody can make a token that has another one's.
func (l *leaks) has(digest tokens.Digest) bool {
	return !digest.IsZero() && (l.digests[digest] || l.fingerprints[digest.Fingerprint()])
}

// of lists the live tokens of an access that are leaked: "current", "retiring" or both.
func (l *leaks) of(access tokens.Access) []RevokedShape {
	var shapes []RevokedShape
	for _, one := range []struct {
		which  string
		digest tokens.Digest
	}{{"current", access.Current}, {"retiring", access.Retiring}} {
		if l.has(one.digest) && access.Accepts(one.digest, l.now) {
			shapes = append(shapes, RevokedShape{Fingerprint: one.digest.Fingerprint(), Token: one.which})
		}
	}
	return shapes
}

// any tells whether a live token of an access is leaked.
func (l *leaks) any(access tokens.Access) bool { return len(l.of(access)) > 0 }
