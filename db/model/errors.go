package model

import (
	"cmp"
	"fmt"
	"strings"

	"latchkey/db/engine"
	"latchkey/perms/errorkind"
	"latchkey/perms/settings"
)

// Errors of the package. They are wrapped with context; compare with errors.Is.
var (
	ErrDamaged = engine.ErrDamaged // an integrity check failed

	// ErrUnknownOutcome: the commit failed and no later transaction could tell whether it happened (D4).
	ErrUnknownOutcome = errorkind.UnknownOutcome.New("outcome unknown: the commit failed and the database cannot be read back")

	// ErrUnauthenticated: the credentials are not those of a user with API access, whatever the cause.
	ErrUnauthenticated = errorkind.Unauthenticated.New("invalid credentials")
	// ErrNoUser, ErrNoRole, ErrNoResource: no live or staged object of the kind has the name.
	ErrNoUser     = errorkind.Missing.New("no such user")
	ErrNoRole     = errorkind.Missing.New("no such role")
	ErrNoResource = errorkind.Missing.New("no such resource")
	// ErrNoRevision: there was no save of that number.
	ErrNoRevision = errorkind.Missing.New("no such revision")
	// ErrUserExists, ErrRoleExists, ErrResourceExists: the name is taken, live or in the operator's draft.
	ErrUserExists     = errorkind.State.New("user exists already")
	ErrRoleExists     = errorkind.State.New("role exists already")
	ErrResourceExists = errorkind.State.New("resource exists already")
	// ErrCatalogue: the resources would not go together, such as two at one path. What is wrapped says why.
	ErrCatalogue = errorkind.State.New("resources do not go together")
	// ErrRoleInUse: a role that users have cannot be removed.
	ErrRoleInUse = errorkind.State.New("role is in use")
	// ErrRulesLeft: a resource cannot be removed while rules give its permissions: a later one of the name would inherit
	// them.
	ErrRulesLeft = errorkind.State.New("rules are left for what is removed")
	// ErrRuleForNothing: a save gives a rule that allows what nothing needs: a later resource of the name would inherit it.
	ErrRuleForNothing = errorkind.State.New("nothing needs the permission any more")
	// ErrText: a note or an address is no valid UTF-8: its record could not say what the row says.
	ErrText = errorkind.Invalid.New("text is not valid UTF-8")
	// ErrTokenTaken: another user has the token, or had it and it retires: a token tells by itself whose it is.
	ErrTokenTaken = errorkind.State.New("another user has this token: make a new one")
	// ErrNeedsDraft: a save of some names needs another draft, which was not named.
	ErrNeedsDraft = errorkind.State.New("another draft is needed")
	// ErrTooManyDrafts: an operator has as many drafts with a name as one may have.
	ErrTooManyDrafts = errorkind.State.New("too many drafts")
	// ErrNotStaged: a name given to save or discard has no draft.
	ErrNotStaged = errorkind.State.New("nothing is staged")
	// ErrOtherLine: a backup is of another database, or of this one on a way that it did not go.
	ErrOtherLine = errorkind.State.New("the backup is of another line of history")
	// ErrConflict: the live state moved; see [ConflictError].
	ErrConflict = errorkind.Conflict.New("conflict")
)

// Missing is the error of a name that no object of the kind has.
func (k Kind) Missing() error {
	switch k {
	case KindRole:
		return ErrNoRole
	case KindResource:
		return ErrNoResource
	case KindSetting:
		return settings.ErrNotSet
	default:
		return ErrNoUser
	}
}

// existing is the error of a name that an object of the kind already has.
func (k Kind) existing() error {
	switch k {
	case KindRole:
		return ErrRoleExists
	case KindResource:
		return ErrResourceExists
	default:
		return ErrUserExists
	}
}

// SomeOf names the first few and counts the others: there may be very many.
func SomeOf(names []string) string {
	const few = 5
	some := strings.Join(names[:min(few, len(names))], ", ")
	if more := len(names) - few; more > 0 {
		some += fmt.Sprintf(" and %d more", more)
	}
	return some
}

// ConflictError lists what stands against a save. It matches [ErrConflict].
type ConflictError struct {
	Conflicts []Conflict
	Undone    string // what did not happen; empty: "nothing was saved"
	Cause     Cause  // by which an interface says what to do next
}

// Cause is why work met a conflict.
type Cause int

// The causes of conflicts.
const (
	DraftIsStale     Cause = iota + 1 // the live objects have changed since the draft began
	DraftCannotMove                   // what has changed of the live objects is what the draft changes
	DraftIsOlder                      // an object got API access after the draft of it began
	StagedByOneself                   // the operator has staged a change of the same
	NameTaken                         // another object has the name by now
	RoleRemoved                       // a role that the draft gives is not there any more
	ChangedLater                      // later saves changed what a rollback would take back
	ChangedMeanwhile                  // it is not as the operator saw it
	ChangedByToken                    // it was changed while its new token was being shown
)

// Conflict is one object that is no longer what the edit began from.
type Conflict struct {
	Name   string      // the user, as named now or when it was last seen
	Fields []FieldMove // who changed what since
	Reason string      // set instead of Fields where no field moved, such as a name taken meanwhile
}

// FieldMove is one field of an object changed by a save.
type FieldMove struct {
	Field    string // empty: the object was removed
	Operator string
	Revision int64
}

func (e *ConflictError) Error() string {
	lines := make([]string, 0, len(e.Conflicts))
	for _, conflict := range e.Conflicts {
		lines = append(lines, conflict.String())
	}
	return "conflict, " + cmp.Or(e.Undone, "nothing was saved") + ": " + strings.Join(lines, "; ")
}

// ByLabel is what the error says of each object.
func (e *ConflictError) ByLabel() map[string]string {
	lines := make(map[string]string, len(e.Conflicts))
	for _, conflict := range e.Conflicts {
		lines[conflict.Name] = conflict.String()
	}
	return lines
}

// ErrorKind is that of every conflict.
func (e *ConflictError) ErrorKind() errorkind.Kind { return errorkind.Conflict }

// Is makes a ConflictError match [ErrConflict].
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// String says who changed which field in which revision.
func (c Conflict) String() string {
	if len(c.Fields) == 0 {
		return fmt.Sprintf("%s: %s", c.Name, c.Reason)
	}
	moves := make([]string, 0, len(c.Fields))
	for _, move := range c.Fields {
		done := "changed " + move.Field
		if move.Field == "" {
			done = "removed it"
		}
		moves = append(moves, fmt.Sprintf("%s %s in revision %d", move.Operator, done, move.Revision))
	}
	return fmt.Sprintf("%s: %s", c.Name, strings.Join(moves, ", "))
}

// Add notes a reason, if there is one, against a save.
func (e *ConflictError) Add(name, reason string) {
	if reason != "" {
		e.Conflicts = append(e.Conflicts, Conflict{Name: name, Reason: reason})
	}
}

// OrNil is the error, or nil where there is no conflict.
func (e *ConflictError) OrNil() error {
	if len(e.Conflicts) == 0 {
		return nil
	}
	return e
}
