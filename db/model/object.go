package model

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"latchkey/perms"
	"latchkey/perms/settings"
	"latchkey/perms/username"
	"latchkey/tokens"
)

// Kind is what an object is: a user, a role, a resource or the settings. Their names are apart.
type Kind string

// The kinds of objects that are staged and saved.
const (
	KindUser     Kind = "user"
	KindRole     Kind = "role"
	KindResource Kind = "resource"
	KindSetting  Kind = "setting"
)

// Object is one user, role or resource, or all settings, live or as a draft would make it. Only a user has an e-mail address, access and
// roles, and only a resource has Resource and Hidden. An object of kind resource says what is served in the place of the
// embedded resource of its name, if there is one; what it leaves unsaid is not taken from there.
type Object struct {
	ID        int64 // never used again, also not for a later object of the same name
	Kind      Kind
	Name      string
	Note      string
	Rules     perms.Rules
	CreatedAt time.Time
	ChangedAt time.Time // when the last save changed it
	Revision  int64     // the save that changed it last; 0 while it is only staged

	Email  string
	Access tokens.Access
	Roles  []string // names of the roles the user has, sorted

	Resource perms.Resource // what is served; its Name is empty, as the object has one
	Hidden   bool           // nothing is served under the name, and Resource is empty

	Settings settings.Settings // of the one object of kind setting

	RoleIDs map[string]int64 // in a draft: which role was meant by the name of one that the draft gives
}

// Clone copies an object so that editing the copy leaves the original alone. The copy of none is none.
func (o *Object) Clone() *Object {
	if o == nil {
		return nil
	}
	copied := *o
	copied.Rules = slices.Clone(o.Rules)
	copied.Roles = slices.Clone(o.Roles)
	copied.RoleIDs = maps.Clone(o.RoleIDs)
	copied.Resource.Aliases = slices.Clone(o.Resource.Aliases)
	copied.Resource.Requests = slices.Clone(o.Resource.Requests)
	copied.Resource.PassFields = slices.Clone(o.Resource.PassFields)
	copied.Resource.CORS.Origins = slices.Clone(o.Resource.CORS.Origins)
	return &copied
}

// RefuseText returns [ErrText] for an object whose record would not say what its row says.
func RefuseText(object *Object) error {
	for _, field := range object.Record() {
		if !utf8.ValidString(field.Key) || !utf8.ValidString(field.Value) {
			return fmt.Errorf("%w: %s", ErrText, object.Name)
		}
	}
	return nil
}

// HasRole tells whether the user has a role.
func (o *Object) HasRole(role string) bool { return slices.Contains(o.Roles, role) }

// Assign gives the user a role.
func (o *Object) Assign(role string) {
	if !o.HasRole(role) {
		o.Roles = append(slices.Clone(o.Roles), role)
		slices.Sort(o.Roles)
	}
}

// Unassign takes a role from the user.
func (o *Object) Unassign(role string) {
	o.Roles = slices.DeleteFunc(slices.Clone(o.Roles), func(has string) bool { return has == role })
}

// RenameRole gives a role that the user has another name.
func (o *Object) RenameRole(from, to string) {
	o.Unassign(from)
	o.Assign(to)
	if id, meant := o.RoleIDs[from]; meant {
		delete(o.RoleIDs, from)
		o.RoleIDs[to] = id
	}
}

// Effective lists all rules that count for a user: its own, and those of its roles, found by name.
func (o *Object) Effective(roles map[string]*Object) []perms.Rule {
	rules := slices.Clone(o.Rules)
	for _, name := range o.Roles {
		if roles[name] == nil {
			continue
		}
		for _, rule := range roles[name].Rules {
			rule.Role = cmp.Or(roles[name].Name, name)
			rules = append(rules, rule)
		}
	}
	return rules
}

// Label names an object on the command line and in messages: a user by the name alone, others as "role:NAME",
// "resource:NAME" and "setting:all", which no username can be.
func Label(kind Kind, name string) string {
	if kind == KindUser {
		return name
	}
	return string(kind) + ":" + name
}

// ParseLabel is the reverse of Label.
func ParseLabel(label string) (Kind, string) {
	for _, kind := range []Kind{KindRole, KindResource, KindSetting} {
		if name, ok := strings.CutPrefix(label, string(kind)+":"); ok {
			return kind, name
		}
	}
	return KindUser, label
}

// CanonicalLabel brings the name in a label to its one form. [username.ErrUnusable].
func CanonicalLabel(label string) (string, error) {
	kind, name := ParseLabel(label)
	name, err := username.Canonical(name)
	return Label(kind, name), err
}

// OperatorOf is the name of a user as an operator.
func OperatorOf(user string) string { return userOperator + user }

// UserOf is the user that an operator acts as, by the operator's name; false: none.
func UserOf(operator string) (user string, found bool) {
	return strings.CutPrefix(operator, userOperator)
}

const userOperator = "user:"

// ActingAs is an operator who acts as a user; by is who really acts.
func ActingAs(user string, by Operator) Operator {
	return Operator{Name: OperatorOf(user), KnownBy: "--as, " + by.Name + ", " + by.KnownBy, Source: by.Source, As: user}
}

// Operator is who edits, as the record of the save will name them.
type Operator struct {
	Name    string // "os:ann" for an OS user, "user:alice" for a user of latchkey
	KnownBy string // how the name is known, such as "os user, account ann" or "SUDO_USER, account latchkey"
	Source  string // the interface the edit came through, such as "command line"
	As      string // the user by whose permissions the edit is judged; empty: nobody's, everything is permitted

	UserID int64 // of that user; 0: whoever has the name now
	// Presented is of the token that this user has shown, which must be accepted at the time of the edit; zero: none was.
	Presented tokens.Digest
}

// IsRetiring tells whether the token that was shown is being retired, by the access that its user has.
func (o Operator) IsRetiring(access tokens.Access) bool {
	return !o.Presented.IsZero() && !access.Current.Equal(o.Presented)
}
