package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms"
	"latchkey/perms/errorkind"
	"latchkey/perms/settings"
)

// Catalogue is [View.Catalogue]; that of the live state is kept in memory where the database is watched.
func (d *DB) Catalogue(ctx context.Context, state State) (*perms.Catalogue, error) {
	if d.snapshot == nil || state.draft != nil || state.revision != nil {
		return d.View.Catalogue(ctx, state)
	}
	catalogue, err := d.snapshot.Catalogue(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the catalogue: %w", err)
	}
	return catalogue, nil
}

// Catalogue is the catalogue of a state: the embedded one with the resources of the database laid over it. [model.ErrNoRevision]
// where there was no such save; [model.ErrCatalogue] for a draft that no longer goes together with the live resources.
func (v View) Catalogue(ctx context.Context, state State) (*perms.Catalogue, error) {
	var catalogue *perms.Catalogue
	err := v.read(ctx, func(tx engine.Tx) error {
		var staged []drafts.Staged
		var err error
		if state.draft != nil {
			if staged, err = drafts.Load(ctx, tx, *state.draft); err != nil {
				return err
			}
		}
		if state.revision != nil {
			if _, err = history.Brief(ctx, tx, *state.revision); err != nil {
				return err
			}
		}
		catalogue, err = state.catalogue(ctx, tx, staged)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the catalogue: %w", err)
	}
	return catalogue, nil
}

// catalogue reads the catalogue of a state, of whose draft the content was read before.
func (s State) catalogue(ctx context.Context, tx engine.Tx, staged []drafts.Staged) (*perms.Catalogue, error) {
	if s.revision != nil {
		resources, err := history.PastResources(ctx, tx, *s.revision)
		if err != nil {
			return nil, err
		}
		past, err := history.PastSettings(ctx, tx, *s.revision)
		if err != nil {
			return nil, err
		}
		return model.CatalogueOf(past.Embedded(), resources)
	}
	return catalogueAfter(ctx, tx, nil, staged)
}

// liveCatalogue reads the catalogue by which requests are decided now.
func liveCatalogue(ctx context.Context, tx engine.Tx) (*perms.Catalogue, error) {
	return catalogueAfter(ctx, tx, nil, nil)
}

// catalogueAfter is the live catalogue with staged resources and, over them, changed ones.
func catalogueAfter(ctx context.Context, tx engine.Tx, changes []model.Update, staged []drafts.Staged) (*perms.Catalogue, error) {
	live, err := store.Resources(ctx, tx)
	if err != nil {
		return nil, err
	}
	set, err := settingsAfter(ctx, tx, changes, staged)
	if err != nil {
		return nil, err
	}
	return model.CatalogueOf(set.Embedded(), objectsAfter(model.KindResource, live, changes, staged))
}

// settingsAfter are the live settings with staged ones and, over them, changed ones.
func settingsAfter(ctx context.Context, tx engine.Tx, changes []model.Update, staged []drafts.Staged) (settings.Settings, error) {
	live, err := store.Settings(ctx, tx)
	if err != nil {
		return settings.Settings{}, err
	}
	objects := map[string]*model.Object{model.SettingsName: {Kind: model.KindSetting, Name: model.SettingsName, Settings: live}}
	return model.SettingsOf(objectsAfter(model.KindSetting, objects, changes, staged)), nil
}

// changesCatalogue tells whether an object of a kind has a part in what is served.
func changesCatalogue(kind model.Kind) bool {
	return kind == model.KindResource || kind == model.KindSetting
}

// refuseLiveCatalogue returns [model.ErrCatalogue] where resources do not go together once changes of some of them are live.
func refuseLiveCatalogue(ctx context.Context, tx engine.Tx, changes []model.Update) error {
	if !slices.ContainsFunc(changes, func(c model.Update) bool { return changesCatalogue(c.Object().Kind) }) {
		return nil
	}
	_, err := liveCatalogue(ctx, tx)
	return err
}

// refuseStagedCatalogue returns [model.ErrCatalogue] where resources would not go together after an edit: of all that is staged,
// or of what is live.
func refuseStagedCatalogue(ctx context.Context, tx engine.Tx, draft drafts.Draft, targets []*editTarget, save bool) error {
	if !slices.ContainsFunc(targets, func(s *editTarget) bool { return changesCatalogue(s.Kind) && s.touched() }) {
		return nil
	}
	var all []drafts.Staged
	if !save {
		var err error
		if all, err = drafts.Load(ctx, tx, draft); err != nil {
			return err
		}
	}
	others := slices.DeleteFunc(all, func(staged drafts.Staged) bool {
		return slices.ContainsFunc(targets, func(s *editTarget) bool { return s.staged.Object() != nil && s.staged.ID() == staged.ID() })
	})
	_, err := catalogueAfter(ctx, tx, touchedChanges(targets), others)
	return err
}

// catalogues are what is served, and what the resources are laid over for that.
type catalogues struct{ catalogue, embedded *perms.Catalogue }

func liveCatalogues(ctx context.Context, tx engine.Tx) (catalogues, error) {
	catalogue, err := liveCatalogue(ctx, tx)
	if err != nil {
		return catalogues{}, err
	}
	embedded, err := embeddedCatalogue(ctx, tx)
	return catalogues{catalogue, embedded}, err
}

// embeddedCatalogue is what the live resources are laid over.
func embeddedCatalogue(ctx context.Context, tx engine.Tx) (*perms.Catalogue, error) {
	set, err := store.Settings(ctx, tx)
	return set.Embedded(), err
}

// EndingError is the error of a save of settings that would end live tokens. Nothing was saved. One that is [DB.Confirmed] with
// their number is saved all the same.
type EndingError struct {
	Count int64
	Users []string // the first of them, for an operator who may view users

	lockout bool // [Lockout] is confirmed, and stays so
}

// Error says how many, and whose they are.
func (e *EndingError) Error() string {
	return strings.TrimSuffix(fmt.Sprintf("a confirmation is needed: %d live tokens would end at once: of %s", e.Count, model.SomeOf(e.Users)), ": of ")
}

// ErrorKind is that of an error that a confirmation overcomes.
func (e *EndingError) ErrorKind() errorkind.Kind { return errorkind.Unconfirmed }

// Confirmation is what overcomes it: the number, behind what was confirmed before.
func (e *EndingError) Confirmation() string {
	count := strconv.FormatInt(e.Count, 10)
	if e.lockout {
		return Lockout + "," + count
	}
	return count
}

// tokensEnding are the users whose tokens worked a moment before, and are older than a longest lifetime.
const tokensEnding = `SELECT name FROM objects WHERE token IS NOT NULL AND suspended = 0 AND (expires_at IS NULL OR expires_at > ?1)
	AND token_issued_at + ?2 <= ?1 AND (?3 = 0 OR token_issued_at + ?3 > ?1) AND token_issued_at > ?4 ORDER BY name`

// refuseEndings returns an [EndingError] where changes that are live have ended tokens by a longest lifetime, and their number
// was not confirmed.
func (tx transaction) refuseEndings(ctx context.Context, operator model.Operator, changes []model.Update) error {
	for _, change := range changes {
		if change.Object().Kind != model.KindSetting || change.After == nil || change.After.Settings.MaxLifetime == 0 {
			continue
		}
		var before settings.Settings
		if change.Before != nil {
			before = change.Before.Settings
		}
		users, err := store.Texts(ctx, tx, tokensEnding, change.After.ChangedAt.UnixMilli(),
			change.After.Settings.MaxLifetime.Milliseconds(), before.MaxLifetime.Milliseconds(), before.EndedUntil.UnixMilli())
		ending := &EndingError{Count: int64(len(users)), Users: users, lockout: tx.lockoutConfirmed()}
		if err != nil || len(users) == 0 || tx.confirmation == ending.Confirmation() {
			return err
		}
		visible, err := tx.visible(ctx, operator)
		if isRefusal(err) { // the token that was shown would end too
			err = nil
		}
		if !visible[model.KindUser] {
			ending.Users = nil
		}
		return errors.Join(err, ending)
	}
	return nil
}
