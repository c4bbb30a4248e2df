package db

import (
	"context"
	"database/sql"
)

// Unrestored is a field that a rollback does not bring back.
type Unrestored struct {
	Kind  Kind
	Name  string // of the object, as the rollback leaves it
	Field string
	Was   string // its value before the revision
	Why   Why
}

// Why is the reason for which a field is not brought back.
type Why int

// The reasons: a token is never revived, so API access stays off, or stays on by the present token; and a rule that has
// ended since would do nothing.
const (
	AccessStaysOff Why = iota
	TokenStays
	RuleEnded
)

// Label names the object in messages.
func (u Unrestored) Label() string { return Label(u.Kind, u.Name) }

// StageRollback puts the inverse of a revision into the operator's draft: every field that the revision changed goes back
// to what it was before, what it added is removed, what it removed is added anew. It says what changed in the draft, and
// what is not brought back.
//
// Errors: [ErrNoRevision]; a [ConflictError] where a field is no longer what the revision made it, or a name was taken
// since; [ErrRoleInUse] where a role that the revision added has users now. Then nothing is staged.
func (d *DB) StageRollback(ctx context.Context, draft Draft, number int64) ([]RecordedChange, []Unrestored, error) {
	var changed []RecordedChange
	var kept []Staged
	var undone *inverse
	err := d.transact(ctx, func(tx *sql.Tx) error {
		drafts, err := loadStaged(ctx, tx, draft)
		if err != nil {
			return err
		}
		if undone, err = d.invert(ctx, tx, number, drafts); err != nil {
			return err
		}
		if err := d.permitStaging(ctx, tx, draft, undone.subjects); err != nil {
			return err
		}
		for _, subject := range undone.subjects {
			staged, err := d.stageOne(ctx, tx, draft, subject)
			if err != nil {
				return err
			}
			kept = append(kept, staged)
			changed = append(changed, change{subject.before, subject.Next}.record())
		}
		return nil
	})
	err = d.settle(ctx, err, func(ctx context.Context) (bool, error) { return isStaged(ctx, d.pool, draft, kept) })
	if err != nil {
		return nil, nil, err
	}
	return changed, undone.unrestored, nil
}

// SaveRollback saves the inverse of a revision of the live objects in one go. What the operator has staged is treated as
// by [DB.SaveEdit]. The zero Revision means that there was nothing to do. Errors as of [DB.StageRollback] and SaveEdit.
func (d *DB) SaveRollback(ctx context.Context, draft Draft, number int64, message string) (Revision, []Unrestored, error) {
	var revision Revision
	var undone *inverse
	err := d.transact(ctx, func(tx *sql.Tx) (err error) {
		if undone, err = d.invert(ctx, tx, number, nil); err != nil {
			return err
		}
		drafts, err := ownDrafts(ctx, tx, draft, undone.subjects)
		if err != nil {
			return err
		}
		changes, err := liveChanges(ctx, tx, undone.subjects)
		if err != nil || len(changes) == 0 {
			return err
		}
		if revision, err = d.apply(ctx, tx, draft.Operator, message, changes); err != nil {
			return err
		}
		return carryOver(ctx, tx, draft, drafts, changes)
	})
	if revision, err = d.finish(ctx, revision, err); err != nil {
		return Revision{}, nil, err
	}
	return revision, undone.unrestored, nil
}
