package perms_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// attackKnown is few, so that tests can hold all of it.
var attackKnown = []perms.Permission{
	{Resource: "orders", Action: "create"}, {Resource: "orders", Action: "delete"}, {Resource: "orders", Action: "view"},
	{Resource: "other", Action: "view"}, {Resource: "store", Action: "view"}, {Resource: "tokens", Action: "edit"},
	{Resource: "users", Action: "edit"},
}

func (a attack) change() perms.Change {
	change := perms.Change{Kind: a.kind, Name: "bob", Self: a.self, StaysOn: !a.off, Service: a.service, OfHost: a.ofHost,
		Before: rulesOf(a.before), After: rulesOf(a.after)}
	if change.Kind == "" {
		change.Kind = "user"
	}
	for field := range strings.SplitSeq(a.fields, ",") {
		switch field {
		case "":
		case "add":
			change.Added = true
		case "remove":
			change.Removed = true
		default:
			change.Fields = append(change.Fields, field)
		}
	}
	return change
}

func TestAttacks(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, test := range attacks {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := perms.Permit(rulesOf(test.actor), test.change(), attackKnown, verifiedtime.Known(decideNow))
			var refused *perms.RefusedError
			switch {
			case test.missing == "" && err != nil:
				t.Errorf("got %v, want it permitted", err)
			case test.missing == "":
			case !errors.As(err, &refused) || !errors.Is(err, perms.ErrRefused):
				t.Errorf("got %v, want it refused for %s", err, test.missing)
			case refused.Missing.String() != test.missing || refused.Name != "bob" || !strings.Contains(refused.Reason, test.missing):
				t.Errorf("got %+v, want %s of bob missing", refused, test.missing)
			}
		})
		if names[test.name] {
			t.Errorf("two attacks are called %q", test.name)
		}
		names[test.name] = true
	}
}

func TestRefusedErrorsSayWhy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		attack attack
		want   string
	}{
		{attack{fields: "add"}, `adding user "bob" takes users:create, as a name is an identity at services`},
		{attack{kind: "role", fields: "remove"}, `removing role "bob" takes roles:delete`},
		{attack{fields: "rule orders:view"}, `changing "rule orders:view" of user "bob" takes permissions:edit`},
		{attack{actor: editor, fields: "access", before: "orders:view"}, `user "bob" may do more than the operator, such as orders:view`},
		{attack{actor: editor, fields: "role clerk", after: "clerk/orders:view"},
			`the operator does not hold what the change gives user "bob", such as orders:view`},
		{attack{actor: editor + ", orders:view 1h", fields: "role clerk", after: "clerk/orders:view"},
			`the operator does not hold what the change gives user "bob", such as orders:view as of 2026-11-23T13:00:00Z`},
	}
	for _, test := range tests {
		err := perms.Permit(rulesOf(test.attack.actor), test.attack.change(), attackKnown, verifiedtime.Known(decideNow))
		if err == nil || err.Error() != "not permitted: "+test.want {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

func TestEverything(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rules string
		want  bool
	}{
		{"", false},
		{"*:*", true},
		{"admins/*:*", true},
		{"*:* 1h", false},
		{"*:* 1h, admins/*:*", true},
		{"*:* 1h, -*:*, admins/*:*", false},
		{"*:*, -orders:view", false},
		{"*:*, -pages:print", false},
		{"*:*, -pages:* 1h", false},
		{"*:*, -orders:view -1h", true},
		{"*:*, -orders:view 0h", true},
		{"orders:*, other:*, store:*, tokens:*, users:*, *:create, *:delete, *:view, *:edit", false},
	}
	for _, test := range tests {
		if got := perms.Everything(rulesOf(test.rules), verifiedtime.Known(decideNow)); got != test.want {
			t.Errorf("%q: got %v, want %v", test.rules, got, test.want)
		}
	}
	damaged := append(rulesOf("*:*"), perms.Rule{Effect: "ALLOW", Pattern: mustPattern("*:view")})
	if perms.Everything(damaged, verifiedtime.Known(decideNow)) {
		t.Error("a damaged effect was taken for none")
	}
}

// The question must change nothing of what it was asked about: drafts and snapshots are shared.
func TestPermitChangesNoArgument(t *testing.T) {
	t.Parallel()
	for _, test := range attacks {
		actor, change, known := rulesOf(test.actor), test.change(), slices.Clone(attackKnown)
		_ = perms.Permit(actor, change, known[:3], verifiedtime.Known(decideNow))
		given, again := fmt.Sprint(rulesOf(test.actor), test.change(), attackKnown), fmt.Sprint(actor, change, known)
		if given != again {
			t.Errorf("%s: got %v, want %v", test.name, again, given)
		}
	}
}

func BenchmarkPermit(b *testing.B) {
	worst := make([]perms.Rule, 0, 1000) // 500 resources and 500 actions that each combination of may be told apart
	for i := range 500 {
		worst = append(worst, rulesOf(fmt.Sprintf("resource_%d:*, -*:action_%d 1h", i, i))...)
	}
	for name, rules := range map[string][]perms.Rule{
		"rules=3": rulesOf("orders:view, products:*, -*:delete"), "rules=1000": manyRules(1000), "rules=1000/worst": worst,
	} {
		b.Run(name, func(b *testing.B) {
			actor := append(rulesOf("permissions:edit"), rules...)
			change := perms.Change{Kind: "user", Name: "bob", Fields: []string{"rule orders:view"}, Before: rules, After: rules}
			for b.Loop() {
				if err := perms.Permit(actor, change, perms.Store().Permissions(), verifiedtime.Known(decideNow)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestOwnResourcesAreNotHidden by who may remove those of the shop: without them nobody revokes over the network.
func TestOwnResourcesAreNotHidden(t *testing.T) {
	t.Parallel()
	for _, resource := range perms.Store().Resources() {
		for _, change := range []perms.Change{{Removed: true}, {Added: true}, {Fields: []string{"remove"}}, {Fields: []string{"title"}}} {
			change.Kind, change.Name = "resource", resource.Name
			err := perms.Permit(rulesOf("resources:*"), change, attackKnown, verifiedtime.Known(decideNow))
			var refused *perms.RefusedError
			wanted := resource.Backend == perms.System && !slices.Equal(change.Fields, []string{"title"})
			if wanted != errors.As(err, &refused) || wanted && refused.Missing.String() != "*:*" {
				t.Errorf("%s, %+v: got %v, want it refused: %t", resource.Name, change, err, wanted)
			}
			if err := perms.Permit(rulesOf("*:*"), change, attackKnown, verifiedtime.Known(decideNow)); err != nil {
				t.Errorf("%s, %+v, by who may do everything: %v", resource.Name, change, err)
			}
		}
	}
}
