package model

import (
	"fmt"

	"latchkey/perms"
	"latchkey/perms/settings"
	"latchkey/perms/username"
	"latchkey/perms/verifiedtime"
)

// Change edits one object by replacing, altering or clearing target.Next. An error refuses the whole edit. What the operator
// should know besides is told to target.Warn.
type Change func(target *Target) error

// Target is the object that a [Change] edits.
type Target struct {
	Kind Kind
	Name string  // as the operator gave it
	Live *Object // what the draft began from, or the live object; nil: there is none. Not to be altered
	Next *Object // the next state; nil: no such object yet, or it is to be removed

	RemovedInDraft bool   // the operator's draft removes or renames it
	Version        string // of Next as it was found; empty: there was none

	Settings  settings.Settings // that count for the edit: as the draft has them, else the live ones
	Self      bool              // the operator acts as this user
	RoleRules []perms.Rule      // those that count for a user through roles
	Now       verifiedtime.Time

	Warnings []Warning // what was told to Warn and WarnOfState
}

// Warn notes what the operator should know of the edit besides, such as that it has no effect by itself.
func (t *Target) Warn(format string, values ...any) {
	t.Warnings = append(t.Warnings, Warning{Text: fmt.Sprintf(format, values...)})
}

// WarnOfState is Warn for what tells how the object stands: it reaches an operator who may view it alone.
func (t *Target) WarnOfState(format string, values ...any) {
	t.Warnings = append(t.Warnings, Warning{Text: fmt.Sprintf(format, values...), TellsState: true})
}

// Warning is what the operator of an edit should know besides.
type Warning struct {
	Text       string
	TellsState bool // how the object stands, which not every operator may view
}

// Add is the change that makes a new object; prepare fills in what is set from the beginning. The error of its kind, such
// as [ErrUserExists], where the name is taken; [username.ErrUnusable] where it is none for a new one.
func Add(prepare func(object *Object)) Change {
	return func(target *Target) error {
		if target.Next != nil {
			return fmt.Errorf("%w: %s", target.Kind.existing(), target.Name)
		}
		if err := username.CheckNew(target.Name); err != nil {
			return err
		}
		target.Next = &Object{Kind: target.Kind, Name: target.Name}
		prepare(target.Next)
		return nil
	}
}

// Existing is a change of an object that must be there; the error of its kind, such as [ErrNoUser], where it is not.
func Existing(change Change) Change {
	return func(target *Target) error {
		switch {
		case target.RemovedInDraft:
			return fmt.Errorf("%w: %s: your draft removes or renames it", target.Kind.Missing(), target.Name)
		case target.Next == nil:
			return fmt.Errorf("%w: %s", target.Kind.Missing(), target.Name)
		}
		return change(target)
	}
}
