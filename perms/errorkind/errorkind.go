// Package errorkind has the kinds of errors. An error declares its kind. Each interface has one table from kinds: cmd to exit
// statuses, cmd/serve/api to HTTP statuses. docs/errors.md says what each kind means.
package errorkind

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// Kind is what an error means for the caller.
type Kind int

// The kinds.
const (
	None            Kind = iota // no error
	Refused                     // the operator may not do it
	Unauthenticated             // there is no such operator, or not any more
	UnknownOutcome              // it may have happened or not: check before trying again
	Invalid                     // the request is wrong in any state
	UnknownName                 // the request names a permission that does not exist
	Missing                     // the object of the request does not exist
	Conflict                    // the live state moved since it was looked at
	State                       // the state does not allow it
	Absent                      // what should be removed does not exist
	Unconfirmed                 // it needs a confirmation
	Full                        // no space left
	Busy                        // nothing happened: try again
	Damaged                     // an integrity check failed
	Unavailable                 // the database cannot be used as it is
	Internal                    // anything else
)

var names = [...]string{"none", "refused", "unauthenticated", "unknown outcome", "invalid", "unknown name", "missing", "conflict", "state",
	"absent", "unconfirmed", "full", "busy", "damaged", "unavailable", "internal"}

// String is the kind in words, as docs/errors.md has it.
func (k Kind) String() string { return names[k] }

// New makes an error of a kind, for a package's sentinels. Like those of errors.New, each is equal to itself alone.
func (k Kind) New(text string) error { return &sentinel{k, text} }

type sentinel struct {
	kind Kind
	text string
}

func (s *sentinel) Error() string   { return s.text }
func (s *sentinel) ErrorKind() Kind { return s.kind }

// Of finds the kind of an error: its own or else that of what it wraps, the first of several side by side. It is [Internal]
// where none says one. A deadline that has passed is [Busy].
func Of(err error) Kind {
	if err == nil {
		return None
	}
	if kind := find(err); kind != None {
		return kind
	}
	return Internal
}

// Has reports whether an error, or anything that it wraps, is of a kind: what is not known may be so for want of space.
func Has(err error, kind Kind) bool {
	if one, says := err.(interface{ ErrorKind() Kind }); says && one.ErrorKind() == kind {
		return true
	}
	switch one := err.(type) { //nolint:errorlint // the tree is walked here
	case interface{ Unwrap() error }:
		return Has(one.Unwrap(), kind)
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(one.Unwrap(), func(inner error) bool { return Has(inner, kind) })
	}
	return false
}

// Join is errors.Join for errors of which several may say the same, as one about a permission that several users should get:
// it is said once.
func Join(errs ...error) error {
	var distinct []error
	for _, err := range errs {
		if err != nil && !slices.ContainsFunc(distinct, func(other error) bool { return other.Error() == err.Error() }) {
			distinct = append(distinct, err)
		}
	}
	return errors.Join(distinct...)
}

func find(err error) Kind {
	if err == context.DeadlineExceeded { //nolint:errorlint // the tree is walked here
		return Busy
	}
	switch one := err.(type) { //nolint:errorlint // likewise
	case interface{ ErrorKind() Kind }:
		return one.ErrorKind()
	case interface{ Unwrap() error }:
		return find(one.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range one.Unwrap() {
			if kind := find(inner); kind != None {
				return kind
			}
		}
	}
	return None
}

// Suggestion is an error about a name, with the right names that come nearest. They are only such as the caller may see.
type Suggestion struct {
	Err     error
	Nearest []string
}

// Suggest adds the nearest names to an error; the error itself where there are none.
func Suggest(err error, nearest []string) error {
	if err == nil || len(nearest) == 0 {
		return err
	}
	return &Suggestion{err, nearest}
}

// Error is the error's text and the question whether one of the names was meant.
func (s *Suggestion) Error() string {
	return s.Err.Error() + ": did you mean " + strings.Join(s.Nearest, " or ") + "?"
}

// Unwrap is the error without the names.
func (s *Suggestion) Unwrap() error { return s.Err }

// NearestOf are the names that an error suggests.
func NearestOf(err error) []string {
	var suggestion *Suggestion
	if errors.As(err, &suggestion) {
		return suggestion.Nearest
	}
	return nil
}
