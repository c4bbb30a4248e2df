package token

import (
	"strings"
	"unicode"

	"latchkey/cmd/panel"
	"latchkey/tokens"
)

// leaks are the tokens that somebody found where they should not be.
type leaks struct {
	panel.Leaked
	found      []string // the fingerprints of all, each once, in the order of the text
	incomplete []int    // the lines, from 1, with something like a token that is none
	lines      int
}

// findLeaks reads a text that may be anything. Tokens, fingerprints and digests count wherever they stand, the latter two
// as words of their own. In a comment, a line that begins with '#', only tokens do: a setting that is switched off.
func findLeaks(text string) leaks {
	all := leaks{Leaked: panel.Leaked{Digests: map[tokens.Digest]bool{}, Fingerprints: map[string]bool{}}}
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
			all.Digests[token.Digest()] = true
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
			l.Digests[digest] = true
			add(digest.Fingerprint())
		} else if fingerprint, ok := tokens.ParseFingerprint(word); ok {
			l.Fingerprints[fingerprint] = true
			add(fingerprint)
		}
	}
}

// endsWord keeps a UUID whole, whose end could be a fingerprint.
func endsWord(c rune) bool {
	return c != '_' && c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c)
}
