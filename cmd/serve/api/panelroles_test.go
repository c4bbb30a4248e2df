package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"latchkey/db/edits"
	"latchkey/db/model"
)

// TestRolesOfManyUsers: a response about a role does not grow with the users who have it, and all of them are found by pages.
func TestRolesOfManyUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addRoles(t, "clerk", "empty")
	var names []string
	for i := range 45 {
		names = append(names, fmt.Sprintf("user%02d", i))
	}
	w.saveEdit(t, model.KindUser, edits.AddUser("", ""), names...)
	w.saveEdit(t, model.KindUser, edits.Assign("clerk"), names...)
	type role struct {
		Name      string
		UserCount int `json:"user_count"`
		Users     []string
	}
	var one role
	var list []role
	must(t, json.Unmarshal([]byte(w.request(t, "admin", "GET", "/api/v2/roles/clerk", "").body), &one))
	must(t, json.Unmarshal([]byte(w.request(t, "admin", "GET", "/api/v2/roles", "").body), &list))
	for _, got := range []role{one, list[0]} {
		if got.Name != "clerk" || got.UserCount != len(names) || !slices.Equal(got.Users, names[:20]) {
			t.Errorf("got %+v, want the number of users and the first of them", got)
		}
	}
	var found []string
	for page := 1; ; page++ {
		got := w.request(t, "admin", "GET", fmt.Sprintf("/api/v2/users?role=Clerk&limit=20&page=%d", page), "")
		if got.status == 204 {
			break
		}
		var users []struct{ Name string }
		must(t, json.Unmarshal([]byte(got.body), &users))
		for _, user := range users {
			found = append(found, user.Name)
		}
	}
	if !slices.Equal(found, names) {
		t.Errorf("page by page: got %v, want %v", found, names)
	}
	w.requestAll(t, []panelRequest{
		{method: "GET", path: "users/count?role=clerk", status: 200, want: []string{`{"count":45}`}},
		{method: "GET", path: "users/count?role=empty", status: 200, want: []string{`{"count":0}`}},
		{method: "GET", path: "users?role=empty", status: 204},
		{method: "GET", path: "users?role=nothing", status: 404, want: []string{"no such role: nothing"}},
		{method: "GET", path: "users/count?role=nothing", status: 404},
		{method: "GET", path: "users?role=", status: 400},
		{method: "GET", path: "users?role=a%20b", status: 400},
		{method: "GET", path: "roles?role=clerk", status: 400, want: []string{`"parameter":"role"`}},
		{method: "GET", path: "roles/empty", status: 200, want: []string{`"user_count":0,"users":[]`}},
		{as: "viewer", method: "GET", path: "users?role=clerk", status: 403, want: []string{"users:view"}},
	})
}
