package db_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/backup"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms/settings"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

// withTerm is the change that gives a user a token, with a term that begins with the save.
func (w *world) withTerm(token string, term tokens.Term) model.Change {
	return on(func(user *model.Object) (err error) {
		if user.Access.Enabled() {
			user.Access, err = tokens.Regenerate(user.Access, user.Access, digest(token), 0, w.clock())
		} else {
			user.Access, err = tokens.Enable(user.Access, digest(token), w.clock())
		}
		user.Access.Term = term
		return err
	})
}

// wantServed compares whom servers let in by a token, without anything having been read since.
func wantServed(t *testing.T, servers map[string]*db.DB, token string, want bool) {
	t.Helper()
	for name, server := range servers {
		_, err := server.Authenticate(t.Context(), "ci", digest(token))
		if got := err == nil; got != want || err != nil && !errors.Is(err, model.ErrUnauthenticated) {
			t.Errorf("%s: %s: got %v, want it accepted: %t", name, token, err, want)
		}
	}
}

// TestTokenEndsByItself: from the second of its end on, at each server, and a clock that is set back does not revive it (T5).
func TestTokenEndsByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	servers := w.serveBothWays()
	w.saveEdit(ann, w.withTerm("one", tokens.Term{Lifetime: time.Hour, Length: time.Hour}), "ci")
	wantServed(t, servers, "one", true)
	w.now.Add(3599)
	wantServed(t, servers, "one", true)
	w.now.Add(1)
	wantServed(t, servers, "one", false)
	w.mark.Store(&verifiedtime.Mark{At: w.clock()})
	w.now.Add(-3600)
	wantServed(t, servers, "one", false)
	w.now.Add(3600)
	w.saveEdit(ann, w.withTerm("two", tokens.Term{}), "ci")
	wantServed(t, servers, "two", true)
	w.now.Add(-3600) // a token without end does not depend on the time
	wantServed(t, servers, "two", true)
}

// TestLongestLifetimeDecides: in each request, without anything of the user having changed; a wider one revives nothing, nor
// does a rollback.
func TestLongestLifetimeDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci", "old")
	servers := w.serveBothWays()
	w.saveEdit(ann, w.withTerm("one", tokens.Term{}), "ci")
	w.saveSetting(settings.MaxLifetime, "1h")
	wantServed(t, servers, "one", true)
	w.now.Add(3600)
	wantServed(t, servers, "one", false)
	w.saveSetting(settings.MaxLifetime, "")
	wantServed(t, servers, "one", false)
	w.saveEdit(ann, w.withTerm("two", tokens.Term{}), "ci")
	wantServed(t, servers, "two", true)
	w.saveSetting(settings.MaxLifetime, "2h")
	w.now.Add(7200)
	wantServed(t, servers, "two", false)
	head, err := w.History().Head(t.Context())
	w.must(err)
	_, err = w.SaveRollback(t.Context(), ann, head.Number, "") // it unsets the longest lifetime
	w.must(err)
	wantServed(t, servers, "two", false)
	set, err := w.Object(t.Context(), model.KindSetting, model.SettingsName)
	if err != nil || set.Settings.MaxLifetime != 0 {
		t.Errorf("got %+v, %v", set.Settings, err)
	}
}

// TestSettingsThatEndTokens are saved when their number was confirmed, and no other.
func TestSettingsThatEndTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci", "old", "older", "off", "resting", "over")
	for _, name := range []string{"old", "older", "resting"} {
		w.saveEdit(ann, w.withTerm(name, tokens.Term{}), name)
	}
	w.saveEdit(ann, w.withTerm("over", tokens.Term{Lifetime: time.Second}), "over")
	w.saveEdit(ann, on(func(user *model.Object) (err error) { user.Access, err = tokens.Suspend(user.Access); return err }), "resting")
	w.now.Add(3600)
	w.saveEdit(ann, w.withTerm("one", tokens.Term{}), "ci")
	edit := w.settingEdit(settings.MaxLifetime, "1h")
	for confirmation, asked := range map[string]string{"": "2", "1": "2", "3": "2", "lockout": "lockout,2", "lockout,3": "lockout,2"} {
		_, err := w.Confirmed(confirmation).SaveEdit(t.Context(), edit, "")
		ending, found := errors.AsType[*db.EndingError](err)
		if !found || ending.Count != 2 || !slices.Equal(ending.Users, []string{"old", "older"}) || ending.Confirmation() != asked {
			t.Errorf("%q: got %v", confirmation, err)
		}
	}
	w.saveEdit(ann, grant("*:*"), "old")
	own := edit
	own.Draft = drafts.Draft{Operator: model.Operator{Name: "user:old", As: "old", Presented: digest("old")}}
	_, err := w.SaveEdit(t.Context(), own, "")
	if ending, found := errors.AsType[*db.EndingError](err); !found || ending.Count != 2 {
		t.Errorf("by one whose token would end: got %v", err)
	}
	if _, err := w.Confirmed("2").SaveEdit(t.Context(), edit, ""); err != nil {
		t.Error(err)
	}
	w.saveSetting(settings.MaxLifetime, "2h")
	w.saveSetting(settings.MaxLifetime, "1h") // they have ended already
}

// TestSaveThatTakesTwoConfirmations asks for one after the other, and the second has the first in it.
func TestSaveThatTakesTwoConfirmations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "admin")
	w.saveEdit(ann, w.withTerm("admin", tokens.Term{}), "admin")
	w.saveEdit(ann, grant("*:*"), "admin")
	w.now.Add(3600)
	w.stage(ann, revokeRule("*:*"), "admin")
	_, err := w.Stage(t.Context(), w.settingEdit(settings.MaxLifetime, "1h"))
	w.must(err)
	asked := ""
	for _, want := range []string{"lockout", "lockout,1", ""} {
		_, err := w.Confirmed(asked).Save(t.Context(), ann, nil, "")
		asked = ""
		if asking, found := errors.AsType[interface {
			error
			Confirmation() string
		}](err); found {
			asked = asking.Confirmation()
		}
		if asked != want || want == "" && err != nil {
			t.Fatalf("got %q (%v), want %q", asked, err, want)
		}
	}
}

// TestRestoreOfSettingsTwice saves once: what stays of settings, as no token is revived, is no difference to a backup without it.
func TestRestoreOfSettingsTwice(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]string{"none in the backup": "", "some in the backup": "7d"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.saveEdit(ann, add, "ci")
			if before != "" {
				w.saveSetting(settings.MaxGrace, before)
			}
			copied := w.backup()
			w.saveSetting(settings.MaxLifetime, "1h")
			var last int64
			for want := range 2 {
				restored, err := backup.Restore(t.Context(), w.DB, copied, ann.Operator, "")
				if err != nil || (restored.Revision.Number == 0) != (want == 1) {
					t.Errorf("restore %d: got revision %d, %v", want+1, restored.Revision.Number, err)
				}
				last = max(last, restored.Revision.Number)
			}
			set, err := w.Object(t.Context(), model.KindSetting, model.SettingsName)
			if err != nil || set.Settings.EndedUntil.IsZero() || set.Settings.MaxLifetime != 0 || set.Revision != last {
				t.Errorf("got %+v, %v", set, err)
			}
		})
	}
}
