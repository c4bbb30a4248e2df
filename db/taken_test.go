package db_test

import (
	"errors"
	"testing"

	"latchkey/db"
	"latchkey/db/model"
)

// renameEach renames each target of an edit by a table.
func renameEach(to map[string]string) model.Change {
	return model.Existing(func(s *model.Target) error { s.Next.Name = to[s.Name]; return nil })
}

func TestTakenNames(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		staged []map[string]string // renamed in the draft before; to "": removed
		rename map[string]string
		saved  bool // without the draft
		taken  bool
	}{
		"free":                     {nil, map[string]string{"a": "new"}, true, false},
		"its own":                  {nil, map[string]string{"a": "a"}, true, false},
		"a live one's":             {nil, map[string]string{"a": "b"}, true, true},
		"a role's":                 {nil, map[string]string{"a": "support"}, true, false},
		"swapped at once":          {nil, map[string]string{"a": "b", "b": "a"}, true, false},
		"shifted at once":          {nil, map[string]string{"a": "b", "b": "new"}, true, false},
		"both the same":            {nil, map[string]string{"a": "new", "b": "new"}, true, true},
		"both an old one":          {nil, map[string]string{"a": "b", "c": "b", "b": "new"}, true, true},
		"free by the draft":        {[]map[string]string{{"b": "new"}}, map[string]string{"a": "b"}, false, false},
		"free by a removal":        {[]map[string]string{{"b": ""}}, map[string]string{"a": "b"}, false, false},
		"taken by the draft":       {[]map[string]string{{"b": "new"}}, map[string]string{"a": "new"}, false, true},
		"free in the draft alone":  {[]map[string]string{{"b": "new"}}, map[string]string{"a": "b"}, true, true},
		"back":                     {[]map[string]string{{"a": "new"}}, map[string]string{"new": "a"}, false, false},
		"back where another is by": {[]map[string]string{{"a": "new"}, {"b": "a"}}, map[string]string{"new": "a"}, false, true},
	} {
		w := newWorld(t)
		w.saveEdit(ann, add, "a", "b", "c")
		role := db.Edit{Kind: model.KindRole, Draft: ann, Names: []string{"support"}, Change: add}
		if _, err := w.SaveEdit(t.Context(), role, ""); err != nil {
			t.Fatal(err)
		}
		for _, step := range test.staged {
			for from, to := range step {
				if to == "" {
					w.stage(ann, remove, from)
				} else {
					w.stage(ann, rename(to), from)
				}
			}
		}
		edit := db.Edit{Kind: model.KindUser, Draft: ann, Change: renameEach(test.rename)}
		for from := range test.rename {
			edit.Names = append(edit.Names, from)
		}
		var err error
		if test.saved {
			_, err = w.SaveEdit(t.Context(), edit, "")
		} else if _, err = w.Stage(t.Context(), edit); err == nil {
			_, err = w.Save(t.Context(), ann, nil, "")
		}
		if got := errors.Is(err, db.ErrNameTaken); got != test.taken || err != nil && !got {
			t.Errorf("%s: got %v, want taken %t", name, err, test.taken)
		}
	}
}
