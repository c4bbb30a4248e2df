package perms_test

import (
	"slices"
	"strings"
	"testing"

	"latchkey/perms"
)

func TestPermissions(t *testing.T) {
	t.Parallel()
	permissions := perms.Store().Permissions()
	needed := map[string]bool{}
	for _, resource := range perms.Store().Resources() {
		for _, request := range resource.Requests {
			if !request.AnyUser {
				needed[request.Permission.String()] = true
			}
		}
	}
	for _, row := range perms.Panel() {
		needed[row.Permission.String()] = true
	}
	for i, permission := range permissions {
		if !needed[permission.String()] || !perms.Store().Known(permission) {
			t.Errorf("%v is listed, needed %v, known %v", permission, needed[permission.String()], perms.Store().Known(permission))
		}
		if i > 0 && strings.Compare(permissions[i-1].String(), permission.String()) >= 0 {
			t.Errorf("%v comes after %v", permission, permissions[i-1])
		}
		if _, err := perms.ParsePermission(permission.String()); err != nil {
			t.Error(err)
		}
	}
	if len(permissions) != len(needed) {
		t.Errorf("got %d permissions, want %d", len(permissions), len(needed))
	}
	for _, text := range []string{"orders:view", "orders:delete_all", "tax_classes:view", "store:view", "shipping_zones:create", "users:view", "permissions:edit"} {
		if !perms.Store().Known(perms.Permission(mustPattern(text))) {
			t.Errorf("%s is not known", text)
		}
	}
	for _, text := range []string{"orders_shipments:view", "tax_classes:edit", "time:view", "shipping_zones:delete_all", "orders:*", "permissions:view", "users:*"} {
		if perms.Store().Known(perms.Permission(mustPattern(text))) {
			t.Errorf("%s is known", text)
		}
	}
	if perms.Store().Known(perms.Permission{}) {
		t.Error("the zero permission is known")
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	tests := []struct{ given, first string }{
		{"order:view", "orders:view"},
		{"orders:veiw", "orders:view"},
		{"orders:delete_al", "orders:delete_all"},
		{"custmers:edit", "customers:edit"},
		{"taxclasses:view", "tax_classes:view"},
		{"orders:view", "orders:view"},
		{"user:view", "users:view"},
		{"permision:edit", "permissions:edit"},
	}
	for _, test := range tests {
		got := perms.Store().Nearest(perms.Permission(mustPattern(test.given)))
		if len(got) != 3 || got[0].String() != test.first {
			t.Errorf("%s: got %v, want %s first of 3", test.given, got, test.first)
		}
		if again := perms.Store().Nearest(perms.Permission(mustPattern(test.given))); !slices.Equal(got, again) {
			t.Errorf("%s: got %v, then %v", test.given, got, again)
		}
	}
	got := perms.Store().Nearest(perms.Permission{Resource: "orders", Action: "read"})
	for _, permission := range got {
		if permission.Resource != "orders" {
			t.Errorf("orders:read: got %v, want permissions on orders", got)
		}
	}
}

// Against the definition of the distance, which is slow and plain.
func TestNearestIsByEditDistance(t *testing.T) {
	t.Parallel()
	for _, given := range []string{"banner:vew", "oder:crate", "x:y", "pages:delete"} {
		want := perms.Store().Permissions()
		slices.SortStableFunc(want, func(a, b perms.Permission) int {
			return plainDistance(a.String(), given) - plainDistance(b.String(), given)
		})
		if got := perms.Store().Nearest(perms.Permission(mustPattern(given))); !slices.Equal(got, want[:3]) {
			t.Errorf("%s: got %v, want %v", given, got, want[:3])
		}
	}
}

func plainDistance(a, b string) int {
	known := map[[2]int]int{}
	var distance func(i, j int) int
	distance = func(i, j int) int {
		if i == 0 || j == 0 {
			return i + j
		}
		if d, ok := known[[2]int{i, j}]; ok {
			return d
		}
		d := distance(i-1, j-1)
		if a[i-1] != b[j-1] {
			d = 1 + min(d, distance(i-1, j), distance(i, j-1))
		}
		known[[2]int{i, j}] = d
		return d
	}
	return distance(len(a), len(b))
}
