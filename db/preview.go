package db

import (
	"context"
	"errors"

	"latchkey/db/drafts"
)

// Preview is what an edit would do.
type Preview struct {
	Seen    Seen     // the state it was reckoned from
	Changed []string // the names it would change, in the order given
}

// Preview runs an edit without keeping anything: its errors are those of the real one, and what it saw can be
// required of it. This is how a token is shown before the transaction that makes it count: no lock is held while a
// pipe is written to.
func (v View) Preview(ctx context.Context, edit Edit, save bool) (Preview, error) {
	preview := Preview{Seen: Seen{}}
	err := v.within(ctx, func(tx transaction) error {
		found, err := tx.targetsOf(ctx, edit, save)
		if err != nil {
			return err
		}
		for _, target := range found.list {
			preview.Seen[target.Name] = target.Version
			if target.touched() {
				preview.Changed = append(preview.Changed, target.Name)
			}
		}
		if err := tx.permitPreview(ctx, edit.Draft, found.list, save); err != nil {
			return err
		}
		return errors.Join(refuseStagedCatalogue(ctx, tx, edit.Draft, found.list, save), tx.refuseStagedRulesLeft(ctx, edit.Draft, found.list, save))
	})
	if err != nil {
		return Preview{}, err
	}
	return preview, nil
}

// permitPreview judges what the real edit would be judged by.
func (tx transaction) permitPreview(ctx context.Context, draft drafts.Draft, targets []*editTarget, save bool) error {
	if !save {
		return tx.permitStaging(ctx, draft, targets)
	}
	if _, err := ownDrafts(ctx, tx, draft, targets); err != nil {
		return err
	}
	changes := touchedChanges(targets)
	if err := tx.permit(ctx, draft.Operator, changes, nil); err != nil {
		return err
	}
	_, err := tx.savedAt(ctx, changes)
	return err
}
