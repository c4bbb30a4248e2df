package db

import (
	"context"
	"errors"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
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

// makeRoom sees to it that what is about to be saved, or staged, can be committed, or refuses it for the sake of what takes
// away: [ErrFull]. It is to be asked before any of it is written. Who stages over a network, however often, gets nothing of
// the reserve.
func (tx transaction) makeRoom(ctx context.Context, changes []model.Update, save bool) error {
	network := tx.room.minFree != nil
	if len(changes) == 0 || !network && !tx.room.reserve {
		return nil
	}
	cost := roomFor(changes)
	refused := tx.room.stored.RequireFree(ctx, tx, cost, tx.room.leaves)
	if network && (!save || !errors.Is(refused, ErrLittleLeft)) || refused == nil {
		return refused
	}
	switch giving, err := tx.giving(ctx, changes); {
	case err != nil:
		return err
	case giving == nil:
		_ = tx.room.stored.MakeRoom(cost, !network) // the commit tells
	case network:
		return refused
	}
	return nil
}

// leaves is how much of a volume of a size edits leave free.
func (r room) leaves(size int64) int64 {
	if r.minFree == nil {
		return 1
	}
	return r.minFree(size) / 2
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
