package model

import (
	"cmp"
	"fmt"
	"strings"

	"latchkey/perms/errorkind"
)

// EndedToken is a staged field, and the fingerprint of the token under which it was staged, which has ended since.
type EndedToken struct {
	Field       string // "": the removal of the object
	Fingerprint string
}

// String reads "rule orders:*, under token 0123456789ab".
func (e EndedToken) String() string {
	return cmp.Or(e.Field, "its removal") + ", under token " + e.Fingerprint
}

// EndedTokensError lists what a save would carry along that was staged under a token which has ended since: whoever had that
// token may have staged it.
type EndedTokensError struct{ objects []endedTokens }

type endedTokens struct {
	label string
	ended []EndedToken
}

// Add notes what of an object was staged so, if anything was.
func (e *EndedTokensError) Add(label string, ended []EndedToken) {
	if len(ended) > 0 {
		e.objects = append(e.objects, endedTokens{label, ended})
	}
}

// OrNil is the error if anything was noted.
func (e *EndedTokensError) OrNil() error {
	if len(e.objects) == 0 {
		return nil
	}
	return e
}

// Error names the objects, the fields and the fingerprints.
func (e *EndedTokensError) Error() string {
	lines := make([]string, len(e.objects))
	for i, object := range e.objects {
		lines[i] = object.label + ": " + object.inWords()
	}
	return "nothing was saved: some of the draft was staged under a token that has ended, maybe by somebody else: " + strings.Join(lines, "; ")
}

// ByLabel is what the error says of each object.
func (e *EndedTokensError) ByLabel() map[string]string {
	lines := make(map[string]string, len(e.objects))
	for _, object := range e.objects {
		lines[object.label] = object.inWords()
	}
	return lines
}

// ErrorKind says that such a save needs a confirmation.
func (e *EndedTokensError) ErrorKind() errorkind.Kind { return errorkind.Unconfirmed }

func (e endedTokens) inWords() string {
	words := make([]string, len(e.ended))
	for i, one := range e.ended {
		words[i] = fmt.Sprint(one)
	}
	return strings.Join(words, ", ")
}
