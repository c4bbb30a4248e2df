package db

import (
	"context"
	"errors"
	"fmt"
	"latchkey/perms/errorkind"
)

// ErrNameTaken: a rename leads to a name that another object has, live or in the operator's draft.
var ErrNameTaken = errorkind.State.New("the name is taken")

// refuseTaken returns [ErrNameTaken] where an edit renames an object to a name that another one has after it. A name
// that the edit or the draft has taken away from its object is free, so that names can be swapped. The save looks again.
func refuseTaken(ctx context.Context, tx querier, drafts []Staged, subjects []*subject) error {
	var refusals []error
	for _, renamed := range subjects {
		if renamed.before == nil || renamed.Next == nil || renamed.Next.Name == renamed.before.Name {
			continue
		}
		taken, err := isTaken(ctx, tx, drafts, subjects, renamed)
		if err != nil {
			return fmt.Errorf("reading %s: %w", renamed.Next.Name, err)
		}
		if taken {
			refusals = append(refusals, fmt.Errorf("%w: there is a %s %s already", ErrNameTaken, renamed.Kind, renamed.Next.Name))
		}
	}
	return errors.Join(refusals...)
}

func isTaken(ctx context.Context, tx querier, drafts []Staged, subjects []*subject, renamed *subject) (bool, error) {
	holder, err := findSubject(ctx, tx, drafts, renamed.Kind, renamed.Next.Name)
	if err != nil {
		return false, err
	}
	taken := holder.Next != nil
	for _, other := range subjects {
		if taken && other.before != nil && other.before.ID == holder.Next.ID {
			taken = false // what becomes of it decides, below
		}
	}
	for _, other := range subjects {
		if other != renamed && other.Next != nil && other.Next.Name == renamed.Next.Name {
			taken = true
		}
	}
	return taken, nil
}
