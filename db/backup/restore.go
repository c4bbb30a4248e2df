package backup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"latchkey/db"
	"latchkey/db/engine"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms/settings"
	"latchkey/tokens"
)

// Restored says what a restore did.
type Restored struct {
	Revision history.Revision // the save that the restore is; the zero one where nothing differed
	Backup   history.Revision // the newest one in the backup, without its changes
	Revoked  []RevokedToken   // what the backup would have revived
}

// RevokedToken is a token that a backup has and that was revoked since. It stays revoked.
type RevokedToken struct {
	Name        string // of its user, as in the backup
	Fingerprint string
	Enabled     bool // the user has API access, by another token
}

// Restore brings the live users and roles back to what they are in a backup: one save, with its own record, and never the
// backup's file in place of the live one (D9). What was added since is removed, what was removed is added anew.
//
// No token is revived: who has another token now keeps that one, who has none stays without; [Restored] names them.
// Drafts are not restored; those of objects that change become stale.
//
// Errors: [model.ErrOtherLine] unless the live log holds the backup's newest revision, or neither log has any; [perms.ErrRefused]
// where the operator may not make the changes; otherwise those of [db.DB.Save]. Then nothing was changed.
func Restore(ctx context.Context, database, from *db.DB, operator model.Operator, message string) (Restored, error) {
	var restored Restored
	damaged := map[int64]bool{}
	err := database.Inspect(ctx, func(tx engine.Tx) error { // before anybody has to wait for this restore
		return eachDamaged(ctx, tx, func(id int64, _ error) { damaged[id] = true })
	})
	if err != nil {
		return Restored{}, fmt.Errorf("restoring: %w", err)
	}
	err = from.Inspect(ctx, func(backup engine.Tx) (err error) {
		if restored.Backup, err = history.Newest(ctx, backup); err != nil {
			return fmt.Errorf("reading the backup: %w", err)
		}
		restored.Revision, err = database.SaveUpdates(ctx, operator, message, func(tx engine.Tx) (updates []model.Update, err error) {
			if err := refuseOtherLine(ctx, tx, restored.Backup); err != nil {
				return nil, err
			}
			updates, restored.Revoked, err = restoring(ctx, tx, backup, damaged)
			return updates, err
		})
		return err
	})
	if err != nil {
		return Restored{}, fmt.Errorf("restoring: %w", err)
	}
	return restored, nil
}

// refuseOtherLine refuses a backup whose newest revision is not in the live log: its objects' numbers mean nothing here.
// One without a revision could be of any database; it is taken only where there is nothing to lose.
func refuseOtherLine(ctx context.Context, tx engine.Tx, newest history.Revision) error {
	if newest.Number == 0 {
		live, err := history.Newest(ctx, tx)
		if err == nil && live.Number > 0 {
			err = fmt.Errorf("%w: nothing was ever saved in the backup, so nothing tells which database it is of", model.ErrOtherLine)
		}
		return err
	}
	found, err := history.Holds(ctx, tx, newest.Number, newest.Head)
	if err == nil && !found {
		err = fmt.Errorf("%w: revision %d of the backup is not in its log", model.ErrOtherLine, newest.Number)
	}
	return err
}

// restoring lists what turns the live objects into those of a backup, and the tokens that it does not revive.
func restoring(ctx context.Context, tx, from engine.Tx, damaged map[int64]bool) (changes []model.Update, revoked []RevokedToken, err error) {
	live, liveErr := rowDigests(ctx, tx)
	kept, keptErr := rowDigests(ctx, from)
	if err := errors.Join(liveErr, keptErr); err != nil {
		return nil, nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(kept)) {
		digest, still := live[id]
		if still && digest == kept[id] && !damaged[id] { // as most are
			delete(live, id)
			continue
		}
		back, ended, err := restoringOne(ctx, tx, from, id, rows{kept, damaged})
		if err != nil {
			return nil, nil, err
		}
		if back.Before != nil {
			delete(live, back.Before.ID)
		}
		if ended != nil {
			revoked = append(revoked, *ended)
		}
		if damaged[id] || len(model.Compare(back.Before.Record(), back.After.Record())) > 0 {
			changes = append(changes, back)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(live)) { // what was added since
		added, err := store.ByID(ctx, tx, id)
		if err != nil {
			return nil, nil, err
		}
		if !isRestOfSettings(added) || damaged[id] {
			changes = append(changes, model.Update{Before: &added})
		}
	}
	return changes, revoked, nil
}

// isRestOfSettings tells whether an object is what stays of settings that were taken away: what they had ended stays ended.
func isRestOfSettings(o model.Object) bool {
	return o.Kind == model.KindSetting && o.Settings == settings.Settings{EndedUntil: o.Settings.EndedUntil}
}

// rowDigests reads the digest of every live object by its number.
func rowDigests(ctx context.Context, tx engine.Tx) (map[int64]string, error) {
	digests := map[int64]string{}
	err := tx.Each(ctx, func(row engine.Row) error {
		var id int64
		var digest string
		err := row.Scan(&id, &digest)
		digests[id] = digest
		return err
	}, `SELECT id, digest FROM objects`)
	return digests, err
}

// rows is what is known of rows before they are read.
type rows struct {
	kept    map[int64]string // digests of those of the backup, by number
	damaged map[int64]bool   // the live ones that are
}

// restoringOne is the change that brings one object back, and the token that stays revoked.
func restoringOne(ctx context.Context, tx, from engine.Tx, id int64, known rows) (model.Update, *RevokedToken, error) {
	object, err := store.ByID(ctx, from, id)
	if err != nil {
		return model.Update{}, nil, fmt.Errorf("reading the backup: %w", err)
	}
	live, err := heir(ctx, tx, &object, known.kept)
	if err != nil {
		return model.Update{}, nil, err
	}
	back := model.Update{Before: live, After: object.Clone()}
	if live != nil {
		back.After.Settings.EndedUntil = live.Settings.EndedUntil // it only ever gets later
	}
	var present tokens.Access
	switch {
	case live == nil:
		back.After.ID, back.After.Revision = 0, 0
		if err := store.Number(ctx, tx, back.After); err != nil {
			return model.Update{}, nil, err
		}
	case live.ID == id && known.damaged[id]:
		if present, err = recordedAccess(ctx, tx, id, object.Access, live.Access); err != nil {
			return model.Update{}, nil, err
		}
	case live.ID == id:
		present = live.Access
	default: // a namesake is somebody else, whose token must not get what the rules of the backup give
		back.After.ID = live.ID
	}
	access, revoked := tokens.Restore(present, object.Access)
	back.After.Access = access
	if !revoked {
		return back, nil, nil
	}
	return back, &RevokedToken{object.Name, object.Access.Current.Fingerprint(), access.Enabled()}, nil
}

// recordedAccess is the one of several accesses that is what the last record says of an object; none where no one is. What a
// damaged row says for itself may be a token that was revoked.
func recordedAccess(ctx context.Context, tx engine.Tx, id int64, several ...tokens.Access) (tokens.Access, error) {
	record, err := history.LastRecord(ctx, tx, id)
	if err != nil && !errors.Is(err, model.ErrDamaged) {
		return tokens.Access{}, err
	}
	for _, access := range several {
		if access.Enabled() && model.AccessInWords(access) == record.Value(model.FieldAccess) {
			return access, nil
		}
	}
	return tokens.Access{}, nil
}

// heir is the live object that becomes one of the backup: the same one, or where that was removed, what has its name
// since; nil for none. Numbers are never used again.
func heir(ctx context.Context, tx engine.Tx, object *model.Object, kept map[int64]string) (*model.Object, error) {
	live, err := store.Find(ctx, tx, object.ID)
	if live != nil || err != nil {
		return live, err
	}
	namesake, err := store.Load(ctx, tx, object.Kind, object.Name)
	_, other := kept[namesake.ID]
	if errors.Is(err, object.Kind.Missing()) || (err == nil && other) { // another one goes back to a name of its own
		return nil, nil //nolint:nilnil // none is an answer
	}
	return &namesake, err
}
