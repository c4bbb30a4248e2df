package perms_test

import (
	"slices"
	"strings"
	"testing"

	"latchkey/perms"
)

func TestPanel(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, row := range perms.Panel() {
		if _, err := perms.ParsePermission(row.Permission.String()); err != nil || row.For == "" {
			t.Errorf("%+v: got error %v, want a permission and what it is for", row, err)
		}
		if !perms.Store().Known(row.Permission) {
			t.Errorf("%v is not known to the catalogue", row.Permission)
		}
		listed = append(listed, row.Permission.String())
	}
	want := strings.Fields(`permissions:edit requestlogs:view
		resources:create resources:delete resources:edit resources:view revisions:view
		roles:create roles:delete roles:edit roles:view settings:view tokens:edit tokens:rotate_own tokens:view
		users:create users:delete users:edit users:rename users:view`)
	if !slices.Equal(listed, want) {
		t.Errorf("got %v, want %v", listed, want)
	}
}

func TestNoCommandOrFieldIsListedTwice(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range perms.Panel() {
		for _, text := range slices.Concat(row.Commands, prefixed("field ", row.Fields)) {
			if seen[text] {
				t.Errorf("%q is listed twice", text)
			}
			seen[text] = true
		}
	}
}

func prefixed(prefix string, texts []string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = prefix + text
	}
	return all
}

func TestFieldPermission(t *testing.T) {
	t.Parallel()
	tests := []struct{ kind, field, want string }{
		{"user", "add", "users:create"},
		{"user", "remove", "users:delete"},
		{"user", "name", "users:rename"},
		{"user", "email", "users:edit"},
		{"user", "note", "users:edit"},
		{"user", "access", "tokens:edit"},
		{"user", "rule orders:view", "permissions:edit"},
		{"user", "rule *:*", "permissions:edit"},
		{"user", "role clerk", "permissions:edit"},
		{"role", "add", "roles:create"},
		{"role", "remove", "roles:delete"},
		{"role", "name", "roles:edit"},
		{"role", "note", "roles:edit"},
		{"role", "rule orders:view", "roles:edit"},
		{"resource", "add", "resources:create"},
		{"resource", "remove", "resources:delete"},
		{"resource", "title", "resources:edit"},

		// Nobody's, but of those who may do everything.
		{"user", "", ""}, {"user", "rule", ""}, {"user", "rule ", ""}, {"user", "role ", ""}, {"user", "rules x:y", ""},
		{"user", "note x", ""}, {"user", "Note", ""}, {"user", "rule PATTERN x", "permissions:edit"}, {"user", "digest", ""},
		{"role", "access", ""}, {"role", "role clerk", ""}, {"role", "email", ""},
		{"resource", "note", ""}, {"resource", "backend", ""}, {"resource", "upstream", ""}, {"resource", "path", ""},
		{"resource", "alias /api/v2/bills", ""}, {"resource", "parent", ""}, {"resource", "hidden", ""},
		{"resource", "request GET collection", ""}, {"resource", "alias ", ""}, {"group", "add", ""}, {"", "add", ""}, {"", "", ""},
	}
	for _, test := range tests {
		got, found := perms.FieldPermission(test.kind, test.field)
		if found != (test.want != "") || found && got.String() != test.want || !found && got != (perms.Permission{}) {
			t.Errorf("%s %q: got %v, %v; want %q", test.kind, test.field, got, found, test.want)
		}
	}
}

func TestPanelCannotBeChangedFromOutside(t *testing.T) {
	t.Parallel()
	for _, row := range perms.Panel() {
		clear(row.Commands)
		clear(row.Fields)
	}
	clear(perms.Panel())
	if got, found := perms.FieldPermission("user", "access"); !found || got.String() != "tokens:edit" {
		t.Errorf("got %v, %v; want tokens:edit", got, found)
	}
	if got := perms.Panel()[0].Commands; len(got) == 0 || got[0] != "perm grant" {
		t.Errorf("got commands %v", got)
	}
}
