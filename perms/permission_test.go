package perms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/perms"
)

var long = strings.Repeat("a", 64)

// namedTexts are permissions; patternTexts are patterns besides; badTexts are neither.
var (
	namedTexts   = []string{"orders:view", "a:b", "customer_groups:delete_all", "v2:x_9_", long + ":" + long}
	patternTexts = []string{"orders:*", "*:view", "*:*"}
	badTexts     = []string{
		"", ":", "orders", "orders:", ":view", "orders:view:", "orders:view:x", ":orders:view", "Orders:view", "orders:View",
		" orders:view", "orders:view ", "orders: view", "orders:view\n", "orders:\x00view", "2orders:view", "_orders:view",
		"orders-x:view", "orders.x:view", "órders:view", "orders：view", "orders:vi\u202eew", "orders/1:view", "or*:view",
		"orders:vi*", "**:view", "orders:**", long + "a:view", "orders:" + long + "a", "lk_secret", "\xff:view",
	}
)

func TestParsePermission(t *testing.T) {
	t.Parallel()
	for _, text := range namedTexts {
		permission, err := perms.ParsePermission(text)
		if err != nil || permission.String() != text {
			t.Errorf("ParsePermission(%q): got %v, %v", text, permission, err)
		}
	}
	for _, text := range append(badTexts, patternTexts...) {
		permission, err := perms.ParsePermission(text)
		if !errors.Is(err, perms.ErrMalformed) || permission != (perms.Permission{}) {
			t.Errorf("ParsePermission(%q): got %v, %v; want ErrMalformed", text, permission, err)
		}
	}
}

func TestParsePattern(t *testing.T) {
	t.Parallel()
	for _, text := range append(namedTexts, patternTexts...) {
		pattern, err := perms.ParsePattern(text)
		if err != nil || pattern.String() != text {
			t.Errorf("ParsePattern(%q): got %v, %v", text, pattern, err)
		}
		permission, exact := pattern.Exact()
		if want := !strings.Contains(text, "*"); exact != want {
			t.Errorf("Exact of %q: got %v, want %v", text, exact, want)
		}
		if exact && permission.String() != text || !exact && permission != (perms.Permission{}) {
			t.Errorf("Exact of %q: got %v", text, permission)
		}
	}
	for _, text := range badTexts {
		pattern, err := perms.ParsePattern(text)
		if !errors.Is(err, perms.ErrMalformed) || pattern != (perms.Pattern{}) {
			t.Errorf("ParsePattern(%q): got %v, %v; want ErrMalformed", text, pattern, err)
		}
	}
}

func TestParseErrorsSayTheForm(t *testing.T) {
	t.Parallel()
	_, err := perms.ParsePermission("orders")
	if want := `malformed permission "orders": write resource:action, such as orders:view`; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	_, err = perms.ParsePattern(strings.Repeat("\x1b", 1000))
	if len(err.Error()) > 500 || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("got %q, want the text escaped and cut", err)
	}
}

func TestPatternMatches(t *testing.T) {
	t.Parallel()
	view := perms.Permission{Resource: "orders", Action: "view"}
	tests := []struct {
		pattern    perms.Pattern
		permission perms.Permission
		want       bool
	}{
		{perms.Pattern{Resource: "orders", Action: "view"}, view, true},
		{perms.Pattern{Resource: "orders", Action: "*"}, view, true},
		{perms.Pattern{Resource: "*", Action: "view"}, view, true},
		{perms.Pattern{Resource: "*", Action: "*"}, view, true},
		{perms.Pattern{Resource: "orders", Action: "edit"}, view, false},
		{perms.Pattern{Resource: "order", Action: "view"}, view, false},
		{perms.Pattern{Resource: "orders_shipments", Action: "*"}, view, false},
		{perms.Pattern{Resource: "*", Action: "vie"}, view, false},
		{perms.Pattern{}, view, false},
		// What is no permission is named by no pattern.
		{perms.Pattern{}, perms.Permission{}, false},
		{perms.Pattern{Resource: "*", Action: "*"}, perms.Permission{}, false},
		{perms.Pattern{Resource: "*", Action: "*"}, perms.Permission{Resource: "orders"}, false},
		{perms.Pattern{Resource: "*", Action: "*"}, perms.Permission{Action: "view"}, false},
		{perms.Pattern{Resource: "*", Action: "*"}, perms.Permission{Resource: "*", Action: "*"}, false},
		{perms.Pattern{Resource: "orders", Action: "*"}, perms.Permission{Resource: "orders", Action: "*"}, false},
	}
	for _, test := range tests {
		if got := test.pattern.Matches(test.permission); got != test.want {
			t.Errorf("%v matches %v: got %v, want %v", test.pattern, test.permission, got, test.want)
		}
	}
}

func TestMarshalling(t *testing.T) {
	t.Parallel()
	type pair struct {
		Permission perms.Permission
		Pattern    perms.Pattern
	}
	given := pair{perms.Permission{Resource: "orders", Action: "view"}, perms.Pattern{Resource: "*", Action: "view"}}
	text, err := json.Marshal(given)
	if want := `{"Permission":"orders:view","Pattern":"*:view"}`; err != nil || string(text) != want {
		t.Fatalf("got %s, %v; want %s", text, err, want)
	}
	var back pair
	if err := json.Unmarshal(text, &back); err != nil || back != given {
		t.Errorf("got %v, %v; want %v", back, err, given)
	}
	for _, bad := range []string{`{"Permission":"*:view"}`, `{"Permission":""}`, `{"Pattern":""}`, `{"Pattern":"o*:view"}`, `{"Pattern":7}`} {
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("unmarshalling %s: got no error", bad)
		}
	}
	for _, unset := range []any{perms.Permission{}, perms.Pattern{}, perms.Permission{Resource: "*", Action: "view"}} {
		if text, err := json.Marshal(unset); !errors.Is(err, perms.ErrMalformed) {
			t.Errorf("marshalling %#v: got %s, %v; want ErrMalformed", unset, text, err)
		}
	}
}

func addTexts(f *testing.F) {
	f.Helper()
	for _, texts := range [][]string{namedTexts, patternTexts, badTexts} {
		for _, text := range texts {
			f.Add(text)
		}
	}
}

func FuzzParsePermission(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, text string) {
		permission, err := perms.ParsePermission(text)
		if err != nil {
			if !errors.Is(err, perms.ErrMalformed) || permission != (perms.Permission{}) {
				t.Fatalf("got %v, %v; want ErrMalformed alone", permission, err)
			}
			return
		}
		if permission.String() != text || strings.Count(text, ":") != 1 || strings.ContainsAny(text, "* \x00") {
			t.Fatalf("got %v of %q", permission, text)
		}
		pattern, err := perms.ParsePattern(text)
		if exact, ok := pattern.Exact(); err != nil || !ok || exact != permission || !pattern.Matches(permission) {
			t.Fatalf("as a pattern: got %v, %v", pattern, err)
		}
	})
}

func FuzzParsePattern(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, text string) {
		pattern, err := perms.ParsePattern(text)
		if err != nil {
			if !errors.Is(err, perms.ErrMalformed) || pattern != (perms.Pattern{}) {
				t.Fatalf("got %v, %v; want ErrMalformed alone", pattern, err)
			}
			return
		}
		_, exact := pattern.Exact()
		_, err = perms.ParsePermission(text)
		if pattern.String() != text || exact != (err == nil) || exact == strings.Contains(text, "*") {
			t.Fatalf("got %v of %q, exact %v, as a permission %v", pattern, text, exact, err)
		}
	})
}

func TestParsePatterns(t *testing.T) {
	t.Parallel()
	got, err := perms.ParsePatterns([]string{"orders:view", "*:*", "orders:view"})
	if want := []perms.Pattern{{Resource: "orders", Action: "view"}, {Resource: "*", Action: "*"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
	if _, err := perms.ParsePatterns([]string{"orders:view", "orders"}); !errors.Is(err, perms.ErrMalformed) {
		t.Errorf("one that is none: got %v", err)
	}
	var many []string
	for i := range perms.MaxRules + 1 {
		many = append(many, fmt.Sprintf("a%d:*", i))
	}
	if _, err := perms.ParsePatterns(many); !errors.Is(err, perms.ErrTooManyNamed) {
		t.Errorf("one too many: got %v", err)
	}
}
