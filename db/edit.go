package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"latchkey/db/internal/sqlitefile"
)

// Edit is one change of one or more users by one operator. All the names are changed or none.
type Edit struct {
	Draft  Draft    // whose edit it is, and the draft that [DB.Stage] puts it in
	Names  []string // canonical; a name given twice counts once
	Change Change
	Seen   Seen // set: refuse where a user is not as [DB.Preview] saw it
}

// Change edits one user by replacing, altering or clearing subject.Next. An error refuses the whole edit.
type Change func(subject *Subject) error

// Subject is one user in the hands of a [Change].
type Subject struct {
	Name string // as the operator gave it
	Live *User  // what the draft began from, or the live user; nil: there is none. Not to be altered
	Next *User  // the next state; nil: no such user yet, or it is to be removed
}

// Seen is the state in which [DB.Preview] found the users of an edit.
type Seen map[string]string

// Preview is what an edit would do.
type Preview struct {
	Seen    Seen     // the state it was reckoned from
	Changed []string // the names it would change, in the order given
}

// Preview runs an edit without keeping anything: its errors are those of the real one, and what it saw can be
// required of it. This is how a token is shown before the transaction that makes it count: no lock is held while a
// pipe is written to.
func (d *DB) Preview(ctx context.Context, edit Edit, save bool) (Preview, error) {
	preview := Preview{Seen: Seen{}}
	err := d.read(ctx, func(tx *sql.Tx) error {
		subjects, err := subjectsOf(ctx, tx, edit, save)
		if err != nil {
			return err
		}
		for _, subject := range subjects {
			preview.Seen[subject.Name] = subject.stamp
			if subject.touched() {
				preview.Changed = append(preview.Changed, subject.Name)
			}
		}
		if !save {
			return nil
		}
		_, err = ownDrafts(ctx, tx, edit.Draft, subjects)
		return err
	})
	if err != nil {
		return Preview{}, err
	}
	return preview, nil
}

// Stage puts an edit into the operator's draft and says what it changed there. The live state stays as it is.
func (d *DB) Stage(ctx context.Context, edit Edit) ([]RecordedChange, error) {
	var changed []RecordedChange
	err := d.transact(ctx, func(tx *sql.Tx) error {
		subjects, err := subjectsOf(ctx, tx, edit, false)
		if err != nil {
			return err
		}
		for _, subject := range subjects {
			if !subject.touched() {
				continue
			}
			if err := d.stageOne(ctx, tx, edit.Draft, subject); err != nil {
				return err
			}
			changed = append(changed, change{subject.before, subject.Next}.record())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

func (d *DB) stageOne(ctx context.Context, tx querier, draft Draft, subject *subject) error {
	staged := subject.staged
	staged.Next = subject.Next
	staged.StagedAt = d.clock()
	if staged.Next == nil && staged.Base == nil { // added and removed within the draft
		return dropStaged(ctx, tx, draft, subject.before.ID)
	}
	if err := number(ctx, tx, staged.Next); err != nil {
		return err
	}
	return keepStaged(ctx, tx, draft, staged)
}

// number gives a new user a number that no object ever had.
func number(ctx context.Context, tx querier, user *User) error {
	if user == nil || user.ID != 0 {
		return nil
	}
	row := tx.QueryRowContext(ctx, `UPDATE counters SET last = last + 1 WHERE name = 'object' RETURNING last`)
	if err := row.Scan(&user.ID); err != nil {
		return fmt.Errorf("numbering: %w", sqlitefile.Explain(err))
	}
	return nil
}

// subject is a Subject with what is needed to store the outcome.
type subject struct {
	Subject
	before *User  // Next as it was found
	staged Staged // the draft to be stored
	stamp  string // the state it was found in
}

func (s *subject) differences() []Difference { return Compare(s.before.Record(), s.Next.Record()) }

func (s *subject) touched() bool { return len(s.differences()) > 0 }

// subjectsOf finds the users of an edit and applies its change to each. A save reads the live users alone. The error
// tells what stands against each of them, not only against the first.
func subjectsOf(ctx context.Context, tx querier, edit Edit, save bool) ([]*subject, error) {
	var drafts []Staged
	if !save {
		var err error
		if drafts, err = loadStaged(ctx, tx, edit.Draft); err != nil {
			return nil, err
		}
	}
	var list []*subject
	var refusals []error
	moved := &ConflictError{Hint: "the token just shown never works: run the command again"}
	done := map[string]bool{}
	for _, name := range edit.Names {
		if done[name] {
			continue
		}
		done[name] = true
		found, err := findSubject(ctx, tx, drafts, name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		if edit.Seen != nil && edit.Seen[name] != found.stamp {
			moved.add(name, "somebody changed it while the token was being shown")
			continue
		}
		list = append(list, found)
		refusals = append(refusals, edit.Change(&found.Subject))
	}
	return list, errors.Join(moved.orNil(), errors.Join(refusals...))
}

// findSubject looks in the drafts first, then at the live users.
func findSubject(ctx context.Context, tx querier, drafts []Staged, name string) (*subject, error) {
	found := &subject{Subject: Subject{Name: name}}
	for _, staged := range drafts {
		if staged.Next != nil && staged.Next.Name == name {
			found.Live, found.staged = staged.Base, staged
			found.setNext(*staged.Next)
			next, err := encodeUser(staged.Next)
			found.stamp = fmt.Sprintf("draft from revision %d: %v", staged.Began, next)
			return found, err
		}
	}
	live, err := loadUser(ctx, tx, name)
	if err == nil && slices.ContainsFunc(drafts, func(staged Staged) bool { return staged.ID() == live.ID }) {
		return found, nil // removed or renamed in the draft
	}
	if err == nil {
		found.Live = &live
		found.setNext(live)
		found.staged = Staged{Base: &live, Began: live.Revision, Live: live.Revision}
		found.stamp = fmt.Sprintf("revision %d", live.Revision)
	}
	return found, ignore(err, ErrNoUser)
}

func (s *subject) setNext(user User) {
	next, before := user.clone(), user.clone()
	s.Next, s.before = &next, &before
}

func sortStaged(list []Staged) {
	slices.SortStableFunc(list, func(a, b Staged) int { return strings.Compare(a.Name(), b.Name()) })
}
