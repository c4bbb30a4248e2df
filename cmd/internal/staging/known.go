package staging

import (
	"context"
	"errors"

	"latchkey/cmd/internal/app"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// KnownPermissions are those that something live or staged needs.
type KnownPermissions struct{ live, Staged *perms.Catalogue }

// checkKnown fills the known permissions of an edit, and refuses those of its rules that nothing needs.
func checkKnown(ctx context.Context, a *app.App, database *db.DB, options Options) (err error) {
	known := options.Known
	if known == nil {
		return nil
	}
	if known.live, err = database.Catalogue(ctx, db.State{}); err != nil {
		return err
	}
	if known.Staged, err = database.Catalogue(ctx, db.StagedBy(a.Draft())); errors.Is(err, model.ErrCatalogue) {
		known.Staged, err = known.live, nil // the draft no longer fits the live state, which is no matter of rules
	}
	for _, pattern := range options.MustBeKnown {
		err = errors.Join(err, known.check(pattern))
	}
	return err
}

// check refuses a pattern for a single permission that nothing needs.
func (k *KnownPermissions) check(pattern perms.Pattern) error {
	permission, exact := pattern.Exact()
	if !exact || k.live.Known(permission) {
		return nil
	}
	return edits.Known(k.Staged, permission)
}

// OrUnknown makes a change refuse a rule that is not there where nothing needs its permission: it is probably misspelt. A
// rule that is there may be for a resource that was removed.
func (k *KnownPermissions) OrUnknown(change model.Change, patterns []perms.Pattern) model.Change {
	return model.Existing(func(subject *model.Subject) error {
		for _, pattern := range patterns {
			if _, found := subject.Next.Rules.Get(pattern); found {
				continue
			}
			if err := k.check(pattern); err != nil {
				return err
			}
		}
		return change(subject)
	})
}
