package db_test

import (
	"database/sql"
	"errors"
	"testing"

	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/settings"
)

// saveSetting saves a setting as ann.
func (w *world) saveSetting(name, value string) {
	w.t.Helper()
	_, err := w.SaveEdit(w.t.Context(), w.settingEdit(name, value), "")
	w.must(err)
}

func (w *world) settingEdit(name, value string) db.Edit {
	change := func(target *model.Target) (err error) {
		if target.Next == nil {
			target.Next = &model.Object{Kind: target.Kind, Name: target.Name}
		}
		if value == "" {
			target.Next.Settings, err = target.Next.Settings.Without(name)
		} else {
			target.Next.Settings, err = target.Next.Settings.With(name, value)
		}
		return err
	}
	return db.Edit{Kind: model.KindSetting, Draft: ann, Names: []string{model.SettingsName}, Change: change}
}

// TestCatalogueSetting: with none, the live catalogue, that of a draft and that of a past state are latchkey's own resources,
// at a server that has read the other one too.
func TestCatalogueSetting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := w.serve()
	has := func(state db.State, want bool) {
		t.Helper()
		for _, database := range []*db.DB{w.DB, server} {
			catalogue, err := database.Catalogue(t.Context(), state)
			w.must(err)
			_, orders := catalogue.Resource("orders")
			_, users := catalogue.Resource("users")
			if known := catalogue.Known(perms.Permission{Resource: "orders", Action: "view"}); orders != want || known != want || !users {
				t.Errorf("orders %t, orders:view %t, users %t; want orders %t", orders, known, users, want)
			}
		}
	}
	has(db.State{}, true)
	_, err := w.Stage(t.Context(), w.settingEdit(settings.Catalogue, settings.CatalogueNone))
	w.must(err)
	has(db.StagedBy(ann), false)
	has(db.State{}, true)
	_, err = w.Save(t.Context(), ann, nil, "")
	w.must(err)
	has(db.State{}, false)
	w.saveSetting(settings.Catalogue, "")
	has(db.State{}, true)
	has(db.AsOf(1), false)
	has(db.AsOf(2), true)
}

// TestDamagedSettingsAnswerNobody: what the settings are is not known, so who may come in is not either (D11).
func TestDamagedSettingsAnswerNobody(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"another value": `UPDATE objects SET definition = '{"catalogue":"store"}' WHERE kind = 'setting'`,
		"no JSON":       `UPDATE objects SET definition = '{"catalogue":' WHERE kind = 'setting'`,
		"no setting":    `UPDATE objects SET definition = '{"cataloguf":"none"}' WHERE kind = 'setting'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.saveEdit(ann, add, "ci")
			w.saveEdit(ann, w.enable(digest("token")), "ci")
			w.saveSetting(settings.Catalogue, settings.CatalogueNone)
			if _, err := w.serve().Authenticate(t.Context(), "ci", digest("token")); err != nil {
				t.Fatal(err)
			}
			pool, err := sql.Open("sqlite", w.path)
			w.must(err)
			defer pool.Close()
			result, err := pool.ExecContext(t.Context(), damage)
			w.must(err)
			if rows, err := result.RowsAffected(); err != nil || rows != 1 {
				t.Fatalf("nothing was damaged: %d, %v", rows, err)
			}
			if _, err := w.serve().Authenticate(t.Context(), "ci", digest("token")); !errors.Is(err, model.ErrDamaged) {
				t.Errorf("got %v, want ErrDamaged", err)
			}
			if _, err := w.History().Verify(t.Context(), nil); !errors.Is(err, model.ErrDamaged) {
				t.Errorf("verifying the log: got %v, want ErrDamaged", err)
			}
		})
	}
}
