package model

import (
	"fmt"

	"latchkey/perms"
	"latchkey/perms/username"
	"latchkey/perms/verifiedtime"
)

// Change edits one object by replacing, altering or clearing subject.Next. An error refuses the whole edit.
type Change func(subject *Subject) error

// Subject is one object in the hands of a [Change].
type Subject struct {
	Kind Kind
	Name string  // as the operator gave it
	Live *Object // what the draft began from, or the live object; nil: there is none. Not to be altered
	Next *Object // the next state; nil: no such object yet, or it is to be removed
	Gone bool    // the operator's draft removes or renames it

	Version string // of Next as it was found; empty: there was none

	Through []perms.Rule // the rules that count for a user through roles

	Now verifiedtime.Time
}

// Add is the change that makes a new object; prepare fills in what is set from the beginning. The error of its kind, such
// as [ErrUserExists], where the name is taken; [username.ErrUnusable] where it is none for a new one.
func Add(prepare func(object *Object)) Change {
	return func(subject *Subject) error {
		if subject.Next != nil {
			return fmt.Errorf("%w: %s", subject.Kind.existing(), subject.Name)
		}
		if err := username.CheckNew(subject.Name); err != nil {
			return err
		}
		subject.Next = &Object{Kind: subject.Kind, Name: subject.Name}
		prepare(subject.Next)
		return nil
	}
}

// Existing is a change of an object that must be there; the error of its kind, such as [ErrNoUser], where it is not.
func Existing(change Change) Change {
	return func(subject *Subject) error {
		switch {
		case subject.Gone:
			return fmt.Errorf("%w: %s: your draft removes or renames it", subject.Kind.Missing(), subject.Name)
		case subject.Next == nil:
			return fmt.Errorf("%w: %s", subject.Kind.Missing(), subject.Name)
		}
		return change(subject)
	}
}
