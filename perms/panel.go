package perms

import (
	"slices"
	"strings"
)

// PanelPermission is a permission of the control panel itself: to edit users, roles and resources, on the
// command line or over HTTPS.
type PanelPermission struct {
	Permission Permission
	For        string   // what it lets one do, for people
	Commands   []string // the commands that need it: "user list"
	Fields     []string // the edits that need it, as kind and field: "user note"; a last word in capitals stands for any
}

// identities are the permissions with which users are given names. A name is an identity: services behind latchkey are
// gets it and nothing else of the user. So with one of these, somebody can appear there as any user whose name is free.
var identities = []Permission{{"users", "create"}, {"users", "rename"}}

// GivesIdentity reports whether a permission lets one give users names, and by that be anybody at services.
func GivesIdentity(permission Permission) bool { return slices.Contains(identities, permission) }

const (
	fieldAdd       = "add"    // making an object
	fieldRemove    = "remove" // and taking it away
	fieldName      = "name"
	fieldAccess    = "access"
	fieldSuspended = "suspended"
	fieldTitle     = "title"
)

// RotateOwn is the permission to replace one's own token and nothing else: the one exception from the fields of [Panel],
// which [Permit] makes.
var RotateOwn = Permission{"tokens", "rotate_own"}

// panel is the one table of what the control panel asks for, ordered by permission.
var panel = []PanelPermission{
	{Permission{"permissions", "edit"}, "change which rules and which roles a user has",
		[]string{"perm grant", "perm deny", "perm revoke", "role assign", "role unassign", "user add --grant", "user add --role"},
		[]string{"user rule PATTERN", "user role NAME"}},
	{Permission{"requestlogs", "view"}, "see which requests were made", nil, nil},
	{Permission{"resources", "create"}, "bring back hidden resources as they were built; a new one, or one of latchkey's own, takes *:*", []string{"resource add"}, []string{"resource add"}},
	{Permission{"resources", "delete"}, "remove resources; one of a host, or of latchkey's own, takes *:*", []string{"resource remove"}, []string{"resource remove"}},
	{Permission{"resources", "edit"}, "change titles of resources; all else takes *:*", []string{"resource edit"}, []string{"resource title"}},
	{Permission{"resources", "view"}, "see resources and the permission for each of their request types",
		[]string{"resource list", "resource show"}, nil},
	{Permission{"revisions", "view"}, "see what was saved, when and by whom",
		[]string{"log", "show", "diff REV REV", "rollback", "can --at", "who --at"}, nil},
	{Permission{"roles", "create"}, "add roles", []string{"role add"}, []string{"role add"}},
	{Permission{"roles", "delete"}, "remove roles", []string{"role remove"}, []string{"role remove"}},
	{Permission{"roles", "edit"}, "change names, notes and rules of roles",
		[]string{"role edit", "role rename", "role grant", "role deny", "role revoke"}, []string{"role name", "role note", "role rule PATTERN"}},
	{Permission{"roles", "view"}, "see roles, their rules and who has them", []string{"role list", "role show"}, nil},
	{Permission{"settings", "view"}, "see the settings; to change one takes *:*", []string{"settings show"}, nil},
	{Permission{"tokens", "edit"}, "enable, disable, regenerate, suspend and resume tokens, and say when they end",
		[]string{"token enable", "token disable", "token regenerate", "token revoke", "token suspend", "token resume", "user add --token"}, []string{"user access", "user suspended"}},
	{RotateOwn, "regenerate one's own token and nothing else, at the command line with --as too", nil, nil},
	{Permission{"tokens", "view"}, "see which users have a token, and its fingerprint",
		[]string{"token list", "token show", "token verify"}, nil},
	{Permission{"users", "create"}, "add users, by names that are who they are to services", []string{"user add"}, []string{"user add"}},
	{Permission{"users", "delete"}, "remove users", []string{"user remove"}, []string{"user remove"}},
	{Permission{"users", "edit"}, "change e-mail addresses and notes of users", []string{"user edit"}, []string{"user email", "user note"}},
	{Permission{"users", "rename"}, "change names of users, which are who they are to services", []string{"user rename"}, []string{"user name"}},
	{Permission{"users", "view"}, "see users and what they may do",
		[]string{"user list", "user show", "perm show", "can", "who", "status --all"}, nil},
}

// Panel lists the control panel's own permissions, sorted, as copies. Together with the rule against escalation
// ([Permit]) they say who may edit what, on the command line and over HTTPS alike.
func Panel() []PanelPermission {
	all := slices.Clone(panel)
	for i := range all {
		all[i].Commands = slices.Clone(all[i].Commands)
		all[i].Fields = slices.Clone(all[i].Fields)
	}
	return all
}

// FieldPermission is what it takes to change a field of a kind of object: "note" of "user", "rule orders:view" of "role",
// and "add" and "remove" for the object itself. It is false for what is not in the table of [Panel]: only whoever may do
// everything changes that.
func FieldPermission(kind, field string) (Permission, bool) {
	for _, row := range panel {
		for _, known := range row.Fields {
			if names(known, kind+" "+field) {
				return row.Permission, true
			}
		}
	}
	return Permission{}, false
}

// names reports whether an entry of the table, such as "user rule PATTERN", means the text.
func names(entry, text string) bool {
	stem := strings.TrimRight(entry, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	if stem == entry {
		return text == entry
	}
	return strings.HasPrefix(text, stem) && len(text) > len(stem)
}

func panelPermissions() []Permission {
	permissions := make([]Permission, len(panel))
	for i, row := range panel {
		permissions[i] = row.Permission
	}
	return permissions
}
