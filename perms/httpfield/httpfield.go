// Package httpfield decides which header fields of a client reach a service behind latchkey, by their names alone
// (requirement H12). Services believe fields: who asks, from where, for which path. What only latchkey or a proxy may say is
// taken out of a client's request, or the request is refused. Package httpfield does no I/O.
//
// The lists are in claims.go, and docs/fields.md shows them. No list knows every service: docs tell people to have
// services believe Remote-User alone.
//
// Numbers such as H12 are requirements: see docs/requirements.md.
package httpfield

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"latchkey/perms/errorkind"
)

// Kind is what a field is to a service.
type Kind int

// The kinds. Only what is [Harmless] reaches a service.
const (
	Harmless Kind = iota
	Hop           // is for one connection alone and ends with it (RFC 9110, section 7.6.1)
	Way           // describes the way of the request: latchkey sends it to a service, and a proxy to latchkey
	Claim         // claims what only latchkey may say
	Odd           // has a name that a service may take for another one
)

// Finding is a field that does not reach a service.
type Finding struct {
	Name string
	Kind Kind
	Why  string // for people
}

// Find lists the fields of a client's request that may not reach a service, by name, but for those of one connection
// alone. passed are the names that are let through on purpose ([Passable]); header has one element for each name.
func Find(header map[string][]string, passed []string) []Finding {
	var findings []Finding
	for name := range header {
		if finding := Judge(name, passed); finding.Kind != Harmless && finding.Kind != Hop {
			findings = append(findings, finding)
		}
	}
	slices.SortFunc(findings, func(a, b Finding) int { return cmp.Compare(a.Name, b.Name) })
	return findings
}

// Judge returns what a field is by its name, in whatever case. passed are names that are let through on purpose.
func Judge(name string, passed []string) Finding {
	if !isPlain(name) {
		return Finding{name, Odd, "its name has other characters than letters, digits and hyphens"}
	}
	lower := strings.ToLower(name)
	switch {
	case slices.Contains(hops, lower):
		return Finding{name, Hop, "it is for one connection alone"}
	case slices.Contains(ways, lower):
		return Finding{name, Way, "it tells the way of the request"}
	}
	if slices.ContainsFunc(passed, func(other string) bool { return strings.EqualFold(name, other) }) && !isOurs(lower) {
		return Finding{name, Harmless, ""}
	}
	if row := claimOf(lower); row != nil {
		return Finding{name, Claim, "it claims " + row.What}
	}
	return Finding{name, Harmless, ""}
}

// isPlain reports whether a name is letters, digits and hyphens alone. CGI and what came of it (WSGI, PHP, Rack) make an
// underscore of a hyphen, some of any other character, so that Remote_User and REMOTE.USER become Remote-User.
func isPlain(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-'
	})
}

// isOurs reports whether nobody but latchkey sets a field, whatever a resource lets through.
func isOurs(lower string) bool {
	return slices.Contains(never, lower) || strings.HasPrefix(lower, "x-latchkey-")
}

// claimOf is the first row of the table that a name falls under; nil: none.
func claimOf(lower string) *Row {
	if slices.Contains(exceptions.Names, lower) {
		return nil
	}
	for i := range table {
		if row := &table[i]; slices.Contains(row.Names, lower) || slices.ContainsFunc(row.Begins, func(begin string) bool { return strings.HasPrefix(lower, begin) }) {
			return row
		}
	}
	return rowOfWords(lower)
}

// rowOfWords looks for each word of a name, and for each two of them in a row.
func rowOfWords(lower string) *Row {
	first := len(table)
	for begin := 0; begin <= len(lower); begin = nextWord(lower, begin) {
		end := begin
		for range 2 {
			end = nextWord(lower, end)
			if i, known := rowOfWord(lower[begin:min(end-1, len(lower))]); known && !isAgent(lower[begin:]) {
				first = min(first, i)
			}
			if end > len(lower) {
				break
			}
		}
	}
	if first == len(table) {
		return nil
	}
	return &table[first]
}

// rowOfWord finds the row of a word, or of two in a row, as they are or without the digits behind them.
func rowOfWord(word string) (int, bool) {
	if i, known := rowsByWords[word]; known {
		return i, true
	}
	i, known := rowsByWords[strings.TrimRight(word, "0123456789")]
	return i, known
}

// nextWord is where the word after the one at a place begins; beyond the end where there is none.
func nextWord(lower string, at int) int {
	hyphen := strings.IndexByte(lower[at:], '-')
	if hyphen < 0 {
		return len(lower) + 1
	}
	return at + hyphen + 1
}

// isAgent: a program is no user.
func isAgent(rest string) bool { return rest == "user-agent" || strings.HasPrefix(rest, "user-agent-") }

// ErrName is the error of a name that cannot be let through.
var ErrName = errorkind.Invalid.New("no name of a field that can be let through")

// Passable checks a name that a resource is to let through: [ErrName] with the reason where it is no plain name, where it
// is for one connection alone, or where nobody but latchkey or a proxy sets the field.
func Passable(name string) error {
	finding := Judge(name, nil)
	switch {
	case len(name) > maxName || finding.Kind == Odd || strings.HasPrefix(name, "-"):
		return fmt.Errorf("%w: %.64q: use letters, digits and hyphens, at most %d of them", ErrName, name, maxName)
	case finding.Kind == Hop:
		return fmt.Errorf("%w: %s is for one connection alone", ErrName, name)
	case finding.Kind == Way || isOurs(strings.ToLower(name)):
		return fmt.Errorf("%w: %s is set by latchkey or by nobody", ErrName, name)
	}
	return nil
}

// Normalize writes names as package net/http does (X-User-Id), sorted and each once, in a slice of its own.
func Normalize(names []string) []string {
	var written []string
	for _, name := range names {
		written = append(written, Canonical(name))
	}
	slices.Sort(written)
	return slices.Compact(written)
}

// maxName is how long a name to be let through may be, in bytes.
const maxName = 128

// Canonical is a name as package net/http writes it.
func Canonical(name string) string {
	written := []byte(strings.ToLower(name))
	for i, char := range written {
		if (i == 0 || written[i-1] == '-') && char >= 'a' && char <= 'z' {
			written[i] = char - ('a' - 'A')
		}
	}
	return string(written)
}
