package local

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/model"
)

// TestUsersAreShownAsOfOneState: somebody saves while users are being shown. What is shown of each is from before.
func TestUsersAreShownAsOfOneState(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	operator := model.Operator{Name: "os:ann", KnownBy: "os user", Source: "test"}
	clock := func() time.Time { return time.Unix(1_700_000_000, 0) }

	seed := []model.Object{{Kind: model.KindRole, Name: "support"}, {Kind: model.KindUser, Name: "ann", Roles: []string{"support"}}, {Kind: model.KindUser, Name: "bob"}}
	if err := db.Create(t.Context(), path, db.Options{Clock: clock}, operator, seed); err != nil {
		t.Fatal(err)
	}
	open := func(writable bool) *db.DB {
		database, err := db.Open(t.Context(), path, db.Options{Clock: clock, Writable: writable})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = database.Close() })
		return database
	}
	writer := New(Config{Database: open(true), Operator: operator, Clock: clock})
	saves := 0
	reader := New(Config{Database: open(false), Operator: operator, Clock: clock, LastUsed: func(ctx context.Context, _ int64) []data.TokenUse {
		saves++
		note := time.Duration(saves).String()
		_, err := writer.Edit(ctx, []panel.Operation{panel.EditUser{Name: "bob", Note: &note}}, panel.EditOptions{Save: true})
		if err != nil {
			t.Error(err)
		}
		return nil
	}})
	users, err := reader.UsersNamed(t.Context(), []string{"ann", "bob"}, panel.View{})
	if err != nil || len(users) != 2 || saves != 2 {
		t.Fatalf("got %d users after %d saves, %v; want both", len(users), saves, err)
	}
	if bob := users[1]; bob.Note != "" || bob.Version != users[0].Version {
		t.Errorf("got bob with the note %q in version %s; want him as he was when ann was read", bob.Note, bob.Version)
	}
}
