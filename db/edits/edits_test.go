package edits_test

import (
	"errors"
	"strings"
	"testing"

	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms/username"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	text := func(text string) *string { return &text }
	for name, test := range map[string]struct {
		texts edits.Texts
		err   error
		want  model.Object
	}{
		"nothing":          {edits.Texts{}, edits.ErrNothing, model.Object{}},
		"a note":           {edits.Texts{Note: text("new")}, nil, model.Object{Name: "ci", Email: "old@x", Note: "new"}},
		"cleared":          {edits.Texts{Note: text(""), Email: text("")}, nil, model.Object{Name: "ci"}},
		"a name":           {edits.Texts{Name: text("Build")}, nil, model.Object{Name: "build", Email: "old@x", Note: "old"}},
		"an unusable name": {edits.Texts{Name: text("a b")}, username.ErrUnusable, model.Object{}},
		"an empty name":    {edits.Texts{Name: text("")}, username.ErrUnusable, model.Object{}},
		"a note in Latin":  {edits.Texts{Note: text("caf\xe9")}, edits.ErrText, model.Object{}},
		"a long address":   {edits.Texts{Email: text(strings.Repeat("x", 2000))}, edits.ErrText, model.Object{}},
	} {
		checked, err := test.texts.Check()
		if !errors.Is(err, test.err) {
			t.Errorf("%s: got %v, want %v", name, err, test.err)
		}
		if err != nil {
			continue
		}
		target := model.Target{Kind: model.KindUser, Name: "ci", Next: &model.Object{Name: "ci", Email: "old@x", Note: "old"}}
		if err := checked.Set()(&target); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := target.Next; got.Name != test.want.Name || got.Email != test.want.Email || got.Note != test.want.Note {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
}
