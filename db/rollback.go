package db

import (
	"context"

	"latchkey/db/model"
)

// Unrestored is a field that a rollback does not bring back.
type Unrestored struct {
	Kind  model.Kind
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
func (u Unrestored) Label() string { return model.Label(u.Kind, u.Name) }

// StageRollback puts the inverse of a revision into the operator's draft: every field that the revision changed goes back
// to what it was before, what it added is removed, what it removed is added anew. It says what changed in the draft, and
// what is not brought back.
//
// Errors: [ErrNoRevision]; a [ConflictError] where a field is no longer what the revision made it, or a name was taken
// since; [ErrRoleInUse] where a role that the revision added has users now. Then nothing is staged.
func (d *DB) StageRollback(ctx context.Context, draft Draft, number int64) ([]model.RecordedChange, []Unrestored, error) {
	var undone *inverse
	changed, err := d.stageAll(ctx, draft, func(tx querier) ([]*subject, error) {
		drafts, err := loadStaged(ctx, tx, draft)
		if err != nil {
			return nil, err
		}
		if undone, err = d.invert(ctx, tx, number, drafts); err != nil {
			return nil, err
		}
		return undone.subjects, nil
	})
	if err != nil {
		return nil, nil, err
	}
	return changed, undone.unrestored, nil
}

// SaveRollback saves the inverse of a revision of the live objects in one go. What the operator has staged is treated as
// by [DB.SaveEdit]. The zero Revision means that there was nothing to do. Errors as of [DB.StageRollback] and SaveEdit.
func (d *DB) SaveRollback(ctx context.Context, draft Draft, number int64, message string) (Revision, []Unrestored, error) {
	var undone *inverse
	revision, err := d.saveAll(ctx, draft, message, func(tx querier) (_ []*subject, err error) {
		if undone, err = d.invert(ctx, tx, number, nil); err != nil {
			return nil, err
		}
		return undone.subjects, nil
	})
	if err != nil {
		return Revision{}, nil, err
	}
	return revision, undone.unrestored, nil
}
