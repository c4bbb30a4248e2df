// Package username is the form of usernames: which texts can be one, and which of several spellings is stored. No I/O.
//
// Numbers such as C1 are requirements: see docs/requirements.md.
package username

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"latchkey/perms/errorkind"

	"golang.org/x/text/secure/bidirule"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// ErrUnusable is the error of a text that is not usable as a username. The error wrapping it says why.
var ErrUnusable = errorkind.Invalid.New("unusable username")

// MaxGiven is how many bytes a name may have as it is given, which bounds the work of mapping what a client without
// credentials has sent.
const MaxGiven = 1024

const (
	maxNameLen = 255 // bytes of the canonical form
	mappings   = 4   // the first one and three more, as RFC 8264 section 7 has it
)

// caseMapped is UsernameCaseMapped but for its directionality rule, which checkName applies itself: precis holds names
// without any right-to-left character to it as well, though only those that are not all ASCII, and so refuses "1é".
var caseMapped = precis.NewIdentifier(precis.FoldWidth, precis.LowerCase(), precis.Norm(norm.NFC))

// invisible are characters that would make two names look the same, or one look like another text. PRECIS lets in two
// of them, the zero-width joiner and non-joiner, beside certain letters; the rest stand here so that no later table
// of Unicode can let one in.
var invisible = []*unicode.RangeTable{unicode.Cc, unicode.Cf, unicode.Z, unicode.Variation_Selector,
	unicode.Other_Default_Ignorable_Code_Point}

// Canonical is the one form of a username that is stored, unique and looked up (C1): PRECIS UsernameCaseMapped of
// RFC 8265, which maps to lower case, to narrow or wide forms as usual, and to Unicode NFC. Further it has 1 to 255
// bytes, no ':' (it ends the username in RFC 7617), no leading '-' (the command line would take it for a flag) and no
// zero-width characters. Names that are plain already are returned as they are, without allocating. What else is asked of
// a new name, [CheckNew] says.
//
// The canonical form of a canonical form is itself. Any other text is [ErrUnusable], wrapped with the reason.
func Canonical(name string) (string, error) {
	if plainName(name) {
		return name, nil
	}
	return mapName(name)
}

// Pattern is the one form of a text that names of users are compared with, in which "*" stands for any characters and "?" for
// one: in lower case and NFC, as names are. [ErrUnusable] for one that is empty, too long or not valid UTF-8.
func Pattern(text string) (string, error) {
	if text == "" || len(text) > MaxGiven || !utf8.ValidString(text) {
		return "", fmt.Errorf("%w: no name is like %.80q", ErrUnusable, text)
	}
	return norm.NFC.String(strings.ToLower(text)), nil
}

// plainName reports whether a name is certainly canonical, without asking PRECIS. Most are, and every request has one.
func plainName(name string) bool {
	if name == "" || len(name) > maxNameLen || name[0] == '-' {
		return false
	}
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !letter && c != '.' && c != '_' && c != '@' && c != '+' && c != '-' {
			return false
		}
	}
	return true
}

// CheckNew returns [ErrUnusable] for a canonical name that no new user or role gets, since the API could not find it by a
// path: one with a slash, which ends a segment wherever a proxy decodes it, one that is a step in a path, one that is
// the number of users there, and one that would be another with an extension. Objects that have such a name already keep
// it, and are found by it everywhere else.
func CheckNew(name string) error {
	switch {
	case strings.ContainsAny(name, `/\`):
		return fmt.Errorf("%w: %q has a slash, which no name in a path of the API can have: use '.', '_' or '-'", ErrUnusable, name)
	case name == "." || name == ".." || name == "count" || strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".xml"):
		return fmt.Errorf("%w: %q would be something else in a path of the API, where users and roles are found by name: "+
			"no name is '.', '..' or 'count' or ends in .json or .xml", ErrUnusable, name)
	}
	return nil
}

// mapName is Canonical of any name.
func mapName(name string) (string, error) {
	if len(name) > MaxGiven {
		return "", fmt.Errorf("%w: it is longer than %d bytes", ErrUnusable, maxNameLen)
	}
	if !utf8.ValidString(name) {
		return "", fmt.Errorf("%w: %q is not valid UTF-8", ErrUnusable, name)
	}
	canonical := name
	for range mappings {
		before := canonical
		var err error
		if canonical, err = caseMapped.String(before); err != nil {
			return "", fmt.Errorf("%w: %q has a space or another character that a username may not have: "+
				"use letters, digits and ASCII signs", ErrUnusable, name)
		}
		if canonical == before {
			return checkName(name, canonical)
		}
	}
	return "", fmt.Errorf("%w: %q has no stable form", ErrUnusable, name)
}

// checkName looks at the canonical form, as mapping can bring about what was not there before: U+FF1A becomes ':'.
func checkName(name, canonical string) (string, error) {
	switch {
	case canonical == "":
		return "", fmt.Errorf("%w: it is empty", ErrUnusable)
	case len(canonical) > maxNameLen:
		return "", fmt.Errorf("%w: it is longer than %d bytes", ErrUnusable, maxNameLen)
	case canonical[0] == '-':
		return "", fmt.Errorf("%w: %q begins with '-', like a flag", ErrUnusable, name)
	case strings.Contains(canonical, ":"):
		return "", fmt.Errorf("%w: %q has a ':', which ends the username in an API request", ErrUnusable, name)
	case bidirule.DirectionString(canonical) == bidi.RightToLeft && !bidirule.ValidString(canonical):
		return "", fmt.Errorf("%w: %q mixes writing from the right and from the left unclearly (RFC 5893)", ErrUnusable, name)
	}
	for _, c := range canonical {
		if unicode.In(c, invisible...) {
			return "", fmt.Errorf("%w: %q has the invisible character %U", ErrUnusable, name, c)
		}
	}
	return canonical, nil
}

// together are the scripts that one name may well mix: those that Japanese, Korean and Chinese are written with, each
// with Latin beside, as in level "highly restrictive" of Unicode UTS #39 section 5.2.
var together = [][]string{
	{"Latin", "Han", "Hiragana", "Katakana"},
	{"Latin", "Han", "Hangul"},
	{"Latin", "Han", "Bopomofo"},
}

// LookAlike reports whether a name mixes scripts, such as a Cyrillic letter among Latin ones, and so may pass for
// another name to the eye. It is a reason to warn, not to refuse (C1). Characters common to several scripts, such as
// digits, do not count. A name written wholly in one script is not noticed, whatever it looks like.
func LookAlike(name string) bool {
	var scripts []string
	for _, c := range name {
		if script := scriptOf(c); script != "" && !slices.Contains(scripts, script) {
			scripts = append(scripts, script)
		}
	}
	if len(scripts) < 2 {
		return false
	}
	return !slices.ContainsFunc(together, func(family []string) bool {
		return !slices.ContainsFunc(scripts, func(script string) bool { return !slices.Contains(family, script) })
	})
}

// scriptOf is the name of a character's one script in Unicode, or nothing where it belongs to several or none.
func scriptOf(c rune) string {
	if unicode.In(c, unicode.Common, unicode.Inherited) {
		return ""
	}
	for script, table := range unicode.Scripts {
		if unicode.Is(table, c) {
			return script
		}
	}
	return ""
}
