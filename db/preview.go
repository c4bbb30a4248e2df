package db

import (
	"context"
	"errors"

	"latchkey/db/drafts"
	"latchkey/db/engine"
)

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
	err := d.read(ctx, func(tx engine.Tx) error {
		subjects, err := d.subjectsOf(ctx, tx, edit, save)
		if err != nil {
			return err
		}
		for _, subject := range subjects {
			preview.Seen[subject.Name] = subject.Version
			if subject.touched() {
				preview.Changed = append(preview.Changed, subject.Name)
			}
		}
		if err := d.permitPreview(ctx, tx, edit.Draft, subjects, save); err != nil {
			return err
		}
		return errors.Join(refuseStagedCatalogue(ctx, tx, edit.Draft, subjects, save), d.refuseStagedRulesLeft(ctx, tx, edit.Draft, subjects, save))
	})
	if err != nil {
		return Preview{}, err
	}
	return preview, nil
}

// permitPreview judges what the real edit would be judged by.
func (d *DB) permitPreview(ctx context.Context, tx engine.Tx, draft drafts.Draft, subjects []*subject, save bool) error {
	if !save {
		return d.permitStaging(ctx, tx, draft, subjects)
	}
	if _, err := ownDrafts(ctx, tx, draft, subjects); err != nil {
		return err
	}
	return d.permit(ctx, tx, draft.Operator, touchedChanges(subjects), nil)
}
