package db_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/snapshot"
)

// TestPages: every live object is on exactly one page, in the order of names, and a page beyond the end is empty.
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want, got []string
	for i := range 7 {
		want = append(want, fmt.Sprintf("user%d", i))
	}
	w.saveEdit(ann, model.Add(func(*model.Object) {}), slices.Concat(want[3:], want[:3])...)
	w.saveEdit(ann, note("last"), "user6")
	for skip := int64(0); skip < 12; skip += 3 {
		page, err := w.Page(t.Context(), db.Choice{Kind: model.KindUser}, skip, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, user := range page {
			got = append(got, user.Name)
		}
	}
	count, err := w.Count(t.Context(), db.Choice{Kind: model.KindUser})
	if err != nil || !slices.Equal(got, want) || count != int64(len(want)) {
		t.Errorf("got %v, %d of them, %v, want %v", got, count, err, want)
	}
	var revisions []int64
	for filter, want := range map[history.Filter]int64{{}: 2, {User: "user6"}: 2, {User: "user1", Skip: 1, Limit: 1}: 1, {Operator: "os:bob"}: 0} {
		if got, err := w.History().Count(t.Context(), filter); err != nil || got != want {
			t.Errorf("%+v: got %d, %v, want %d", filter, got, err, want)
		}
	}
	err = w.History().Log(t.Context(), history.Filter{Skip: 1, Limit: 1}, func(revision history.Revision) error {
		revisions = append(revisions, revision.Number)
		return nil
	})
	if err != nil || !slices.Equal(revisions, []int64{1}) {
		t.Errorf("got the revisions %v, %v, want 1 alone", revisions, err)
	}
}

// TestUsersOfARole: who has a role is counted and found by pages, however many there are, and only the first are named.
func TestUsersOfARole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []string
	for i := range 30 {
		want = append(want, fmt.Sprintf("user%02d", i))
	}
	w.must(w.edit(ann, true, model.KindRole, add, "support", "empty", "other"))
	w.saveEdit(ann, add, slices.Concat(want[20:], want[:20], []string{"another"})...)
	w.saveEdit(ann, assign("support"), slices.Concat(want[10:], want[:10])...)
	w.saveEdit(ann, assign("other"), "another", "user05")
	w.stage(bob, assign("support"), "another") // which is not live
	for name, users := range map[string][]string{"support": want, "other": {"another", "user05"}, "empty": nil} {
		role, err := w.Object(t.Context(), model.KindRole, name)
		w.must(err)
		got, err := w.RoleUsers(t.Context(), role)
		if err != nil || got.Count != int64(len(users)) || !slices.Equal(got.First, users[:min(20, len(users))]) {
			t.Errorf("%s: got %+v, %v, want the first of %d", name, got, err, len(users))
		}
		choice := db.Choice{Kind: model.KindUser, Role: name}
		var paged []model.Object
		for skip := int64(0); skip < 40; skip += 7 {
			page, err := w.Page(t.Context(), choice, skip, 7)
			w.must(err)
			paged = append(paged, page...)
		}
		all, err := w.Page(t.Context(), choice, 0, -1)
		w.must(err)
		count, err := w.Count(t.Context(), choice)
		if err != nil || count != int64(len(users)) || !slices.Equal(namesOf(all), users) || !slices.Equal(namesOf(paged), users) {
			t.Errorf("%s: got %d, %v, all %v, by pages %v, want %v", name, count, err, namesOf(all), namesOf(paged), users)
		}
	}
	nobodys := db.Choice{Kind: model.KindUser, Role: "user01"}
	_, pageErr := w.Page(t.Context(), nobodys, 0, 7)
	_, allErr := w.Page(t.Context(), nobodys, 0, -1)
	_, countErr := w.Count(t.Context(), nobodys)
	for _, err := range []error{pageErr, allErr, countErr} {
		if !errors.Is(err, model.ErrNoRole) {
			t.Errorf("of a role that is not there: got %v, want %v", err, model.ErrNoRole)
		}
	}
}

// TestUsersAreChosen: users are chosen by access and by patterns of names, and come in the order that is asked for.
func TestUsersAreChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.edit(ann, true, model.KindRole, add, "support"))
	for _, name := range []string{"shop", "ci-2", "ci_1", "a%b", `c\d`, "élan"} {
		w.advance(time.Minute)
		w.saveEdit(ann, add, name)
	}
	w.saveEdit(ann, assign("support"), "ci_1", "shop")
	for _, name := range []string{"ci_1", "ci-2"} {
		w.advance(time.Minute)
		w.saveEdit(ann, w.enableEach(), name)
	}
	w.advance(time.Minute)
	w.saveEdit(ann, note("changed last"), "a%b")
	on, off := true, false
	for _, test := range []struct {
		choice db.Choice
		want   []string
	}{
		{db.Choice{Access: &on}, []string{"ci-2", "ci_1"}},
		{db.Choice{Access: &off}, []string{"a%b", `c\d`, "shop", "élan"}},
		{db.Choice{Access: &on, Role: "support"}, []string{"ci_1"}},
		{db.Choice{Access: &off, Role: "support", Pattern: "s*"}, []string{"shop"}},
		{db.Choice{Pattern: "ci*"}, []string{"ci-2", "ci_1"}},
		{db.Choice{Pattern: "ci_*"}, []string{"ci_1"}},
		{db.Choice{Pattern: "?????"}, nil},
		{db.Choice{Pattern: "????"}, []string{"ci-2", "ci_1", "shop", "élan"}},
		{db.Choice{Pattern: "*%*"}, []string{"a%b"}},
		{db.Choice{Pattern: `c\*`}, []string{`c\d`}},
		{db.Choice{Pattern: "shop"}, []string{"shop"}},
		{db.Choice{Pattern: "sho"}, nil},
		{db.Choice{Pattern: "*", Order: db.Order{Descending: true}}, []string{"élan", "shop", "ci_1", "ci-2", `c\d`, "a%b"}},
		{db.Choice{Order: db.Order{By: db.ByCreated}}, []string{"shop", "ci-2", "ci_1", "a%b", `c\d`, "élan"}},
		{db.Choice{Pattern: "[cs]*"}, nil},
		{db.Choice{Order: db.Order{By: db.ByChanged, Descending: true}}, []string{"a%b", "ci-2", "ci_1", "shop", "élan", `c\d`}},
	} {
		test.choice.Kind = model.KindUser
		got, err := w.Page(t.Context(), test.choice, 0, -1)
		count, countErr := w.Count(t.Context(), test.choice)
		if err != nil || countErr != nil || !slices.Equal(namesOf(got), test.want) || count != int64(len(test.want)) {
			t.Errorf("%+v: got %v, %d, %v, %v, want %v", test.choice, namesOf(got), count, err, countErr, test.want)
		}
	}
	got, err := w.Page(t.Context(), db.Choice{Kind: model.KindUser, Order: db.Order{By: db.ByIssued}}, 0, 2)
	if err != nil || !slices.Equal(namesOf(got), []string{"ci_1", "ci-2"}) {
		t.Errorf("by when a token was issued: got %v, %v", namesOf(got), err)
	}
}

func namesOf(objects []model.Object) (names []string) {
	for _, object := range objects {
		names = append(names, object.Name)
	}
	return names
}

// TestVersions: an object that was changed, live or in a draft, has another version; one that was not has the same.
func TestVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci", "shop")
	seen := map[string]bool{}
	version := func(draft drafts.Draft) (version string) {
		t.Helper()
		_, err := w.Preview(t.Context(), db.Edit{Kind: model.KindUser, Draft: draft, Names: []string{"ci"}, Change: func(target *model.Target) error {
			version = target.Version
			return nil
		}}, false)
		if err != nil {
			t.Fatal(err)
		}
		return version
	}
	for i, change := range []func(){
		func() {},
		func() { w.saveEdit(ann, note("live"), "ci") },
		func() { w.stage(ann, grant("orders:view"), "ci") },
		func() { w.stage(ann, grant("orders:edit"), "ci") },
	} {
		change()
		w.saveEdit(bob, note(fmt.Sprint("of another, ", i)), "shop")
		now := version(ann)
		if seen[now] || now == "" {
			t.Errorf("step %d: got the version %q again", i, now)
		}
		if again := version(ann); again != now {
			t.Errorf("step %d: got %q and then %q of the same state", i, now, again)
		}
		seen[now] = true
	}
	staged, err := w.Staged(t.Context(), ann)
	if err != nil || len(staged) != 1 {
		t.Fatal(staged, err)
	}
	if got, err := staged[0].Version(); err != nil || got != version(ann) {
		t.Errorf("got %q, %v of what is staged, want %q", got, err, version(ann))
	}
	live, err := w.User(t.Context(), "ci")
	if err != nil || live.Version() != version(bob) {
		t.Errorf("got %q, %v of the live user, want %q", live.Version(), err, version(bob))
	}
}

// TestALaterUserOfTheNameIsAnother: who was authenticated before a user was removed does not act as the next user of that
// name.
func TestALaterUserOfTheNameIsAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("one")), "ci")
	w.saveEdit(ann, grant("users:create"), "ci")
	first, err := w.serve().Authenticate(t.Context(), "ci", digest("one"))
	if err != nil {
		t.Fatal(err)
	}
	edit := db.Edit{Kind: model.KindUser, Draft: drafts.Draft{Operator: snapshot.ByAPI(first, digest("one"))}, Names: []string{"new"}, Change: add}
	if _, err := w.Stage(t.Context(), edit); err != nil {
		t.Fatal(err)
	}
	w.saveEdit(ann, remove, "ci")
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("one")), "ci")
	w.saveEdit(ann, grant("users:create"), "ci")
	_, stageErr := w.Stage(t.Context(), edit)
	_, saveErr := w.SaveEdit(t.Context(), edit, "")
	if !errors.Is(stageErr, db.ErrActor) || !errors.Is(saveErr, db.ErrActor) {
		t.Errorf("got %v and %v, want nobody to act as", stageErr, saveErr)
	}
	edit.Draft.Operator = model.ActingAs("ci", ann.Operator)
	if _, err := w.SaveEdit(t.Context(), edit, ""); err != nil {
		t.Errorf("acting as the user who is there now: %v", err)
	}
}
