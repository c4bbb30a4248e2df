package db

import (
	"context"
	"strings"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
	"latchkey/perms"
)

// On a disk that is nearly full, taking access away is the last thing to fail (D12). Whatever else comes over the network
// is refused while there still is room, and what takes away has the reserve of the file.
//
// A save of one user writes 6 to 20 pages of 4 KiB, see docs/operations.md. These are more than it can be.
const (
	saveRoom     = 64 << 10 // bytes that any save or edit may write
	changeRoom   = 48 << 10 // and for each object, all pages being apart
	recordCopies = 8        // and for each byte of its records: rows, indexes, drafts
)

// Disk says what room a database has.
type Disk = sqlite.Disk

// DiskOf looks at the room of the database at path.
func DiskOf(path string) (Disk, error) { return sqlite.DiskOf(path) }

// ReserveOf is the path of the file whose room is for saves that take access away.
func ReserveOf(path string) string { return sqlite.ReserveOf(path) }

// room is what a database does for the room of what it writes: see [Options].
type room struct {
	stored  engine.Engine
	reserve bool
	minFree func(size int64) int64
}

// makeRoom sees to it that what is about to be committed can be, or refuses it for the sake of what takes away: [ErrFull].
func (r room) makeRoom(ctx context.Context, tx engine.Tx, changes []model.Update) error {
	if !takeAway(changes) {
		return r.require(ctx, tx, changes)
	}
	if r.reserve {
		_ = r.stored.MakeRoom(roomFor(changes), r.minFree == nil) // the commit tells
	}
	return nil
}

// makeRoomToStage is makeRoom for drafts. Who stages over a network, however often, gets nothing of the reserve.
func (r room) makeRoomToStage(ctx context.Context, tx engine.Tx, changes []model.Update) error {
	if r.minFree == nil {
		return r.makeRoom(ctx, tx, changes)
	}
	return r.require(ctx, tx, changes)
}

func (r room) require(ctx context.Context, tx engine.Tx, changes []model.Update) error {
	if r.minFree == nil || len(changes) == 0 {
		return nil
	}
	return r.stored.RequireFree(ctx, tx, roomFor(changes), func(size int64) int64 { return r.minFree(size) / 2 })
}

// stagedChanges are what drafts would change.
func stagedChanges(staged []drafts.Staged) []model.Update {
	changes := make([]model.Update, 0, len(staged))
	for _, one := range staged {
		changes = append(changes, model.Update{Before: one.Base, After: one.Next})
	}
	return changes
}

// roomFor is how many bytes a save or an edit may write at most.
func roomFor(changes []model.Update) int64 {
	room := int64(saveRoom)
	for _, change := range changes {
		room += changeRoom
		for _, state := range []*model.Object{change.Before, change.After} {
			for _, field := range state.Record() {
				room += int64(recordCopies * (len(field.Key) + len(field.Value)))
			}
		}
	}
	return room
}

// takeAway tells whether a save does nothing but take away: users, roles, access, what is allowed.
func takeAway(changes []model.Update) bool {
	for _, change := range changes {
		if !takesAway(change) {
			return false
		}
	}
	return len(changes) > 0
}

func takesAway(c model.Update) bool {
	switch {
	case c.Object().Kind == model.KindResource || c.Before == nil:
		return false
	case c.After == nil:
		return true
	}
	rest, access := c.After.Clone(), c.After.Access
	if !access.Enabled() || access.Retiring.IsZero() && access.Current.Equal(c.Before.Access.Current) {
		rest.Access = c.Before.Access
	}
	for _, difference := range model.Compare(c.Before.Record(), rest.Record()) {
		if !takes(difference) {
			return false
		}
	}
	return true
}

// takes tells whether a change of a field takes a role or something allowed away, or denies more.
func takes(difference model.Difference) bool {
	denied := func(value string) bool { return strings.HasPrefix(value, string(perms.Deny)) }
	switch before, after := difference.Before, difference.After; {
	case strings.HasPrefix(difference.Field, model.RolePrefix):
		return after == ""
	case strings.HasPrefix(difference.Field, model.RulePrefix):
		return !denied(before) && (after == "" || denied(after))
	}
	return false
}
