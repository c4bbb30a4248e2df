package edits_test

import (
	"errors"
	"strings"
	"testing"

	"latchkey/db"
	"latchkey/db/edits"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	text := func(text string) *string { return &text }
	for name, test := range map[string]struct {
		texts edits.Texts
		err   error
		want  db.Object
	}{
		"nothing":          {edits.Texts{}, edits.ErrNothing, db.Object{}},
		"a note":           {edits.Texts{Note: text("new")}, nil, db.Object{Name: "ci", Email: "old@x", Note: "new"}},
		"cleared":          {edits.Texts{Note: text(""), Email: text("")}, nil, db.Object{Name: "ci"}},
		"a name":           {edits.Texts{Name: text("Build")}, nil, db.Object{Name: "build", Email: "old@x", Note: "old"}},
		"an unusable name": {edits.Texts{Name: text("a b")}, db.ErrName, db.Object{}},
		"an empty name":    {edits.Texts{Name: text("")}, db.ErrName, db.Object{}},
		"a note in Latin":  {edits.Texts{Note: text("caf\xe9")}, edits.ErrText, db.Object{}},
		"a long address":   {edits.Texts{Email: text(strings.Repeat("x", 2000))}, edits.ErrText, db.Object{}},
	} {
		checked, err := test.texts.Check()
		if !errors.Is(err, test.err) {
			t.Errorf("%s: got %v, want %v", name, err, test.err)
		}
		if err != nil {
			continue
		}
		subject := db.Subject{Kind: db.KindUser, Name: "ci", Next: &db.Object{Name: "ci", Email: "old@x", Note: "old"}}
		if err := checked.Set()(&subject); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := subject.Next; got.Name != test.want.Name || got.Email != test.want.Email || got.Note != test.want.Note {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
}
