package history

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"latchkey/db/engine"
	"latchkey/db/model"
)

// readStretch sums up what the revisions after one and up to another did to each object: its first record before and
// its last one after.
func readStretch(ctx context.Context, tx engine.Tx, after, upTo int64) ([]model.RecordedChange, error) {
	objects := map[int64]*loggedChange{}
	query := loggedQuery + "WHERE revisions.number > ? AND revisions.number <= ? ORDER BY revisions.number"
	err := eachLogged(ctx, tx, query, []any{after, upTo}, func(logged *loggedRevision) error {
		for _, change := range logged.changes {
			if objects[change.id] == nil {
				objects[change.id] = &change
			}
			objects[change.id].after = change.after
		}
		return nil
	})
	changes := make([]model.RecordedChange, 0, len(objects))
	for _, stored := range objects {
		change, decodeErr := stored.decode()
		err = errors.Join(err, decodeErr)
		changes = append(changes, change)
	}
	if err == nil {
		err = layOver(ctx, tx, upTo, changes)
	}
	return changes, err
}

// sortChanges puts roles before users, each by name.
func sortChanges(changes []model.RecordedChange) {
	slices.SortFunc(changes, func(a, b model.RecordedChange) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name(), b.Name()),
			cmp.Compare(a.ObjectID, b.ObjectID))
	})
}
