package db

import (
	"cmp"
	"context"
	"database/sql"
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
	err := d.read(ctx, func(tx *sql.Tx) error {
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
		if !save {
			return cmp.Or(d.permitStaging(ctx, tx, edit.Draft, subjects), refuseStagedCatalogue(ctx, tx, edit.Draft, subjects))
		}
		if _, err = ownDrafts(ctx, tx, edit.Draft, subjects); err != nil {
			return err
		}
		changes := touchedChanges(subjects)
		return cmp.Or(d.permit(ctx, tx, edit.Draft.Operator, changes, nil), refuseCatalogue(ctx, tx, changes, nil))
	})
	if err != nil {
		return Preview{}, err
	}
	return preview, nil
}
