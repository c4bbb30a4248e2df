package db

import (
	"context"

	"latchkey/db/drafts"
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
func (d *DB) StageRollback(ctx context.Context, draft drafts.Draft, number int64) (Edited, error) {
	return d.stageAll(ctx, draft, func(tx transaction) (foundTargets, error) {
		pending, err := drafts.Load(ctx, tx, draft)
		if err != nil {
			return foundTargets{}, err
		}
		return tx.invert(ctx, number, pending)
	})
}

// SaveRollback saves the inverse of a revision of the live objects in one go. What the operator has staged is treated as
// by [DB.SaveEdit]. Errors as of [DB.StageRollback] and SaveEdit.
func (d *DB) SaveRollback(ctx context.Context, draft drafts.Draft, number int64, message string) (Edited, error) {
	return d.saveAll(ctx, draft, message, func(tx transaction) (foundTargets, error) { return tx.invert(ctx, number, nil) })
}
