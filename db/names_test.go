package db_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/db/drafts"
	"latchkey/db/model"
)

func TestNamesWithPrefix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ann", "anna", "annex", "bob", "änne", "a%b", "a_b", "a\U00010FFDb", "zoë", "zoé")
	for _, test := range []struct {
		kind   model.Kind
		prefix string
		want   string
	}{
		{model.KindUser, "ann", "ann anna annex"},
		{model.KindUser, "anna", "anna"},
		{model.KindUser, "annab", ""},
		{model.KindUser, "A", ""}, // names are canonical, and so is what begins one
		{model.KindUser, "a%", "a%b"},
		{model.KindUser, "a_", "a_b"},
		{model.KindUser, "ä", "änne"},
		{model.KindUser, "zo", "zoé zoë"},
		{model.KindUser, "'", ""},
		{model.KindRole, "a", ""},
	} {
		names, err := w.Names().Live(t.Context(), test.kind, test.prefix, 100)
		if got := strings.Join(names, " "); got != test.want || err != nil {
			t.Errorf("%s %q: got %q, %v, want %q", test.kind, test.prefix, got, err, test.want)
		}
	}
}

// TestNamesLeftOutBeginAlike: whatever the limit, the listed names have no more in common than all of them.
func TestNamesLeftOutBeginAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := make([]string, 300)
	for i := range all {
		all[i] = fmt.Sprintf("ci%03d", i*3)
	}
	w.saveEdit(ann, add, all...)
	for _, prefix := range []string{"", "c", "ci", "ci0", "ci05", "ci89", "ci897", "d"} {
		var matching []string
		for _, name := range all {
			if strings.HasPrefix(name, prefix) {
				matching = append(matching, name)
			}
		}
		for _, limit := range []int{1, 2, 10, 299, 300, 301} {
			got, err := w.Names().Live(t.Context(), model.KindUser, prefix, limit)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != min(limit, len(matching)) || !slices.IsSorted(got) {
				t.Errorf("%q, limit %d: got %d names, want %d sorted ones", prefix, limit, len(got), min(limit, len(matching)))
			}
			if limit > 1 && alike(got) != alike(matching) {
				t.Errorf("%q, limit %d: the names begin with %q, want %q", prefix, limit, alike(got), alike(matching))
			}
		}
	}
}

// alike is what all the names begin with.
func alike(names []string) string {
	if len(names) == 0 {
		return ""
	}
	common := names[0]
	for _, name := range names {
		for !strings.HasPrefix(name, common) {
			common = common[:len(common)-1]
		}
	}
	return common
}

func TestNamesOfDraftsAndRevisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ann", "bob")
	w.saveEdit(ann, note("x"), "bob")
	spare := drafts.Draft{Operator: ann.Operator, Name: "spare"}
	w.stage(ann, add, "carl", "cora", "dora")
	w.stage(ann, remove, "bob")
	w.stage(spare, add, "cyd")
	w.stage(bob, add, "cyra")

	check := func(what string, got []string, err error, want ...string) {
		t.Helper()
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v, want %q", what, got, err, want)
		}
	}
	got, err := w.Names().Staged(t.Context(), ann, model.KindUser, "c", 100)
	check("staged with c", got, err, "carl", "cora")
	got, err = w.Names().Staged(t.Context(), ann, model.KindUser, "", 100)
	check("staged", got, err, "bob", "carl", "cora", "dora")
	got, err = w.Names().Staged(t.Context(), spare, model.KindUser, "c", 100)
	check("in another draft", got, err, "cyd")
	got, err = w.Names().Staged(t.Context(), ann, model.KindRole, "", 100)
	check("staged roles", got, err)
	got, err = w.Names().Drafts(t.Context(), ann.Operator, "s", 100)
	check("drafts", got, err, "spare")
	got, err = w.Names().Drafts(t.Context(), bob.Operator, "", 100)
	check("drafts of one who has none with a name", got, err)
	got, err = w.Names().Operators(t.Context(), "os:", 100)
	check("operators", got, err, "os:ann", "os:bob")
	got, err = w.Names().Operators(t.Context(), "user:", 100)
	check("operators of the other interface", got, err)
	got, err = w.Names().Revisions(t.Context(), 100)
	check("revisions", got, err, "2", "1")
	got, err = w.Names().Revisions(t.Context(), 1)
	check("latest revision", got, err, "2")
}
