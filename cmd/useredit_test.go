package cmd

import (
	"errors"
	"strings"
	"testing"

	"latchkey/db"
)

func TestUserFields(t *testing.T) {
	t.Parallel()
	text := func(text string) *string { return &text }
	for name, test := range map[string]struct {
		fields userFields
		names  []string
		err    error
		want   db.Object
	}{
		"nothing":          {userFields{}, []string{"ci"}, errWrongUse, db.Object{}},
		"a note":           {userFields{note: text("new")}, []string{"a", "b"}, nil, db.Object{Name: "ci", Email: "old@x", Note: "new"}},
		"cleared":          {userFields{note: text(""), email: text("")}, []string{"ci"}, nil, db.Object{Name: "ci"}},
		"a name":           {userFields{name: text("Build")}, []string{"ci"}, nil, db.Object{Name: "build", Email: "old@x", Note: "old"}},
		"a name for two":   {userFields{name: text("x")}, []string{"a", "b"}, errWrongUse, db.Object{}},
		"an unusable name": {userFields{name: text("a b")}, []string{"ci"}, db.ErrName, db.Object{}},
		"an empty name":    {userFields{name: text("")}, []string{"ci"}, db.ErrName, db.Object{}},
		"a note in Latin":  {userFields{note: text("caf\xe9")}, []string{"ci"}, errWrongUse, db.Object{}},
		"a long address":   {userFields{email: text(strings.Repeat("x", 2000))}, []string{"ci"}, errWrongUse, db.Object{}},
	} {
		err := test.fields.check(test.names)
		if !errors.Is(err, test.err) {
			t.Errorf("%s: got %v, want %v", name, err, test.err)
		}
		if err != nil {
			continue
		}
		user := db.Object{Name: "ci", Email: "old@x", Note: "old"}
		test.fields.set(&user)
		if user.Name != test.want.Name || user.Email != test.want.Email || user.Note != test.want.Note {
			t.Errorf("%s: got %+v, want %+v", name, user, test.want)
		}
	}
}

func TestOperatorName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"os:ann": "os:ann", "os:Ann B": "os:Ann B", "user:alice": "user:alice", "user:Alice": "user:alice",
		"": "", "ann": "", "os:": "", "user:": "", "user:a b": "", "role:x": "", "OS:ann": "",
	} {
		var operator operatorName
		err := operator.Set(text)
		if (err == nil) != (want != "") || err == nil && operator.String() != want {
			t.Errorf("%q: got %q, %v, want %q", text, operator, err, want)
		}
	}
}
