// Package edits has what each editing verb does to one object, as a [model.Change]: the rules of packages tokens and perms
// put to the states that package db keeps. The command line and the control panel over HTTPS edit by these alone, so that
// a verb means the same in both.
//
// A change is applied by package db, which knows whether it is staged or saved and who may do it. Nothing here asks for
// permission, reads a database or knows a stream.
package edits

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/errorkind"
	"latchkey/perms/username"
	"latchkey/tokens"
)

var (
	// ErrDiffers: a user of the name is there already, but not as it was asked for.
	ErrDiffers = errorkind.State.New("user exists already, with another note or e-mail address")
	// ErrText: a text could not be stored and shown as it is.
	ErrText = errorkind.Invalid.New("unusable text")
	// ErrNothing: no field to be changed was given.
	ErrNothing = errorkind.Invalid.New("nothing to edit")
	// ErrNotAssigned: a role is to be taken from a user who does not have it.
	ErrNotAssigned = errorkind.Absent.New("role is not assigned")
)

// CheckText returns [ErrText] for a note, an address or a message that could not be stored and shown as it is; what is
// the word for it.
func CheckText(what, text string) error {
	switch {
	case !utf8.ValidString(text):
		return fmt.Errorf("%w: the %s is not valid UTF-8", ErrText, what)
	case holdsToken(text):
		return fmt.Errorf("%w: the %s has a token in it, which would be kept for good: leave it out", ErrText, what)
	case len(text) > perms.MaxText:
		return fmt.Errorf("%w: the %s is longer than %d bytes", ErrText, what, perms.MaxText)
	}
	return nil
}

func holdsToken(text string) bool {
	found, _ := tokens.Find(text)
	return len(found) > 0
}

// AddUser adds a user. Errors of the change: [model.ErrUserExists]; [username.ErrUnusable]; [ErrDiffers] where one is there
// with another address or note than the given ones.
func AddUser(email, note string) model.Change {
	add := model.Add(func(user *model.Object) { user.Email, user.Note = email, note })
	return func(target *model.Target) error {
		there := target.Next
		if there != nil && ((email != "" && email != there.Email) || (note != "" && note != there.Note)) {
			return fmt.Errorf("%w: %s", ErrDiffers, target.Name)
		}
		return add(target)
	}
}

// AddRole adds a role. Errors of the change: [model.ErrRoleExists], [username.ErrUnusable].
func AddRole(note string) model.Change {
	return model.Add(func(role *model.Object) { role.Note = note })
}

// Remove takes an object away. Error of the change: the kind's own of one that is not there.
func Remove() model.Change {
	return model.Existing(func(target *model.Target) error {
		target.Next = nil
		return nil
	})
}

// Texts are the words of a user or role that an edit sets; nil: it stays as it is.
type Texts struct{ Name, Email, Note *string }

// Check refuses what cannot be set and returns the texts with the name in its one form. Errors: [ErrNothing],
// [username.ErrUnusable], [ErrText].
func (t Texts) Check() (Texts, error) {
	if t.Name == nil && t.Email == nil && t.Note == nil {
		return t, ErrNothing
	}
	var err error
	if t.Name != nil {
		var canonical string
		if canonical, err = username.Canonical(*t.Name); err == nil {
			err = username.CheckNew(canonical)
		}
		t.Name = &canonical
	}
	for _, text := range []struct {
		what  string
		given *string
	}{{"email", t.Email}, {"note", t.Note}} {
		if text.given != nil {
			err = errors.Join(err, CheckText(text.what, *text.given))
		}
	}
	return t, err
}

// Set is the change to checked texts.
func (t Texts) Set() model.Change {
	return model.Existing(func(target *model.Target) error {
		next := target.Next
		for _, text := range []struct{ to, from *string }{{&next.Name, t.Name}, {&next.Email, t.Email}, {&next.Note, t.Note}} {
			if text.from != nil {
				*text.to = *text.from
			}
		}
		return nil
	})
}

// Assign gives a user a role; one who has it already keeps it.
func Assign(role string) model.Change {
	return model.Existing(func(target *model.Target) error {
		target.Next.Assign(role)
		return nil
	})
}

// Unassign takes a role from a user. Error of the change: [ErrNotAssigned].
func Unassign(role string) model.Change {
	return model.Existing(func(target *model.Target) error {
		if !target.Next.HasRole(role) {
			return fmt.Errorf("%w: %s does not have the role %s", ErrNotAssigned, target.Next.Name, role)
		}
		target.Next.Unassign(role)
		return nil
	})
}

// named says whose error it is.
func named(target *model.Target, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", target.Name, err)
}
