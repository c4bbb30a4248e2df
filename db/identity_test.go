package db_test

import (
	"testing"

	"latchkey/db/snapshot"
	"latchkey/perms"
)

var viewOrders = perms.Request{Permission: perms.Permission{Resource: "orders", Action: "view"}}

// TestNobodyMayNothing: the zero identity is not let in even where any user is.
func TestNobodyMayNothing(t *testing.T) {
	t.Parallel()
	for _, request := range []perms.Request{viewOrders, {AnyUser: true}} {
		if (snapshot.Identity{}).Decide(request).Allowed {
			t.Errorf("%+v: allowed", request)
		}
	}
}
