package perms_test

import (
	"strings"
	"time"

	"latchkey/perms"
)

// rulesOf reads rules from a short form: "orders:view, -*:delete 2h, clerk/products:*" are an allow, a deny that ends in
// two hours and an allow through the role clerk.
func rulesOf(text string) []perms.Rule {
	var rules []perms.Rule
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		rule := perms.Rule{Effect: perms.Allow}
		role, pattern, through := strings.Cut(words[0], "/")
		if through {
			rule.Role, words[0] = role, pattern
		}
		pattern, denied := strings.CutPrefix(words[0], "-")
		if denied {
			rule.Effect = perms.Deny
		}
		rule.Pattern = mustPattern(pattern)
		if len(words) > 1 {
			span, err := time.ParseDuration(words[1])
			if err != nil {
				panic(err)
			}
			rule.Until = decideNow.Add(span)
		}
		rules = append(rules, rule)
	}
	return rules
}

// editor holds all that editing takes, so that only the rule against escalation is left to refuse.
const editor = "users:*, tokens:*, permissions:*, roles:*"

type attack struct {
	name          string
	actor         string
	kind, fields  string // kind: user unless said; fields: separated by commas
	before, after string
	missing       string // "": permitted
	self          bool   // bob is who edits, and has the rules before
	off           bool   // API access does not stay on
	service       bool   // the catalogue has another service's resource
	ofHost        bool   // bob is a resource of one host
}

var attacks = []attack{
	{name: "grant what one holds", actor: editor + ", orders:view", fields: "rule orders:view", after: "orders:view"},
	{name: "grant a part of what one holds", actor: editor + ", *:view", fields: "rule orders:view", after: "orders:view"},
	{name: "grant what one does not hold", actor: editor, fields: "rule orders:view", after: "orders:view", missing: "orders:view"},
	{name: "grant all actions, holding one", actor: editor + ", orders:view", fields: "rule orders:*", after: "orders:*", missing: "orders:create"},
	{name: "grant all actions, holding each known one", actor: editor + ", store:view", fields: "rule store:*", after: "store:*", missing: "store:*"},
	{name: "grant an action everywhere, holding it on each known resource", actor: editor + ", orders:view, store:view, other:view",
		fields: "rule *:view", after: "*:view", missing: "*:view"},
	{name: "grant all, holding everything known", actor: editor + ", orders:*, store:*, other:*", fields: "rule *:*", after: "*:*", missing: "*:*"},
	{name: "grant all, but one denied to oneself", actor: "*:*, -orders:delete", fields: "rule *:*", after: "*:*", missing: "orders:delete"},
	{name: "grant all, but an unknown one denied to oneself", actor: "*:*, -pages:print", fields: "rule *:*", after: "*:*", missing: "pages:print"},
	{name: "grant all, but one action everywhere denied to oneself", actor: "*:*, -*:print", fields: "rule orders:*", after: "orders:*", missing: "orders:print"},
	{name: "grant all with the same denied", actor: "*:*, -orders:delete", fields: "rule *:*,rule orders:delete", after: "*:*, -orders:delete"},
	{name: "grant a permission that no resource has", actor: editor + ", orders:view", fields: "rule pages:print", after: "pages:print", missing: "pages:print"},
	{name: "grant to oneself", actor: editor, fields: "rule orders:view", before: editor, after: editor + ", orders:view", missing: "orders:view"},
	{name: "grant to oneself what is denied", actor: editor + ", *:view, -orders:view",
		fields: "rule orders:view", before: editor + ", *:view, -orders:view", after: editor + ", *:view, orders:view", missing: "orders:view"},
	{name: "grant the panel's own permission", actor: "permissions:edit", fields: "rule tokens:edit", after: "tokens:edit", missing: "tokens:edit"},

	{name: "grant without end what one holds for a while", actor: editor + ", orders:view 1h", fields: "rule orders:view", after: "orders:view", missing: "orders:view"},
	{name: "grant for as long as one holds it", actor: editor + ", orders:view 1h", fields: "rule orders:view", after: "orders:view 1h"},
	{name: "grant for longer than one holds it", actor: editor + ", orders:view 1h", fields: "rule orders:view", after: "orders:view 1h1s", missing: "orders:view"},
	{name: "put off the end of a rule", actor: editor + ", orders:view 1h", fields: "rule orders:view", before: "orders:view 1h", after: "orders:view", missing: "orders:view"},
	{name: "put off the end of one's own rule", actor: editor + ", orders:view 1h", fields: "rule orders:view",
		before: editor + ", orders:view 1h", after: editor + ", orders:view 2h", missing: "orders:view"},
	{name: "bring forward the end of a rule", actor: editor + ", orders:view 2h", fields: "rule orders:view", before: "orders:view 2h", after: "orders:view 1h"},
	{name: "grant what is denied to oneself for a while", actor: editor + ", orders:view, -orders:view 1h",
		fields: "rule orders:view", after: "orders:view", missing: "orders:view"},
	{name: "grant what was denied to oneself", actor: editor + ", orders:view, -orders:* -1h", fields: "rule orders:view", after: "orders:view"},
	{name: "grant what one held", actor: editor + ", orders:view 0h", fields: "rule orders:view", after: "orders:view", missing: "orders:view"},
	{name: "grant by two rules in turn what one holds by two", actor: editor + ", orders:view 1h, *:view", fields: "rule orders:view", after: "orders:view"},
	{name: "grant all as one who may all for a while", actor: "*:* 1h", fields: "rule *:*", after: "*:*", missing: "orders:create"},
	{name: "end a deny early", actor: editor, fields: "rule *:view", before: "orders:view, -*:view 2h", after: "orders:view, -*:view 1h", missing: "orders:view"},

	{name: "take away a deny", actor: editor, fields: "rule orders:delete", before: "orders:*, -orders:delete", after: "orders:*", missing: "orders:create"},
	{name: "take away a deny of what one does not hold", actor: editor + ", *:view", fields: "rule orders:view",
		before: "*:view, -orders:view", after: "*:view"},
	{name: "take away one's own deny", actor: editor + ", orders:*, -orders:delete", fields: "rule orders:delete",
		before: editor + ", orders:*, -orders:delete", after: editor + ", orders:*", missing: "orders:delete"},
	{name: "turn one's own deny into an allow", actor: editor + ", orders:view, -orders:delete", fields: "rule orders:delete",
		before: editor + ", orders:view, -orders:delete", after: editor + ", orders:view, orders:delete", missing: "orders:delete"},
	{name: "take oneself out of a role that denies", actor: editor + ", orders:*, limited/-orders:delete", fields: "role limited",
		before: editor + ", orders:*, limited/-orders:delete", after: editor + ", orders:*", missing: "orders:delete"},
	{name: "narrow one's own deny", actor: editor + ", orders:*, -*:delete", fields: "rule *:delete,rule pages:delete",
		before: editor + ", orders:*, -*:delete", after: editor + ", orders:*, -pages:delete", missing: "orders:delete"},
	{name: "take away a deny that changes nothing yet", actor: editor + ", orders:view", fields: "rule orders:delete",
		before: "orders:view, -orders:delete", after: "orders:view", missing: "orders:delete"},
	{name: "deny what one does not hold", actor: editor, fields: "rule orders:view", after: "-orders:view"},

	{name: "regenerate the token of somebody who may more", actor: editor, fields: "access", before: "orders:view", after: "orders:view", missing: "orders:view"},
	{name: "regenerate the token of a founder", actor: editor + ", orders:*, *:view", fields: "access", before: "*:*", after: "*:*", missing: "*:*"},
	{name: "regenerate the token of a peer", actor: editor + ", orders:view", fields: "access", before: editor + ", orders:view", after: editor + ", orders:view"},
	{name: "regenerate one's own token", actor: editor + ", orders:view, -orders:*", fields: "access", before: editor + ", orders:view, -orders:*", after: editor + ", orders:view, -orders:*"},
	{name: "regenerate the token of somebody who may the same for longer", actor: editor + ", orders:view 1h", fields: "access",
		before: "orders:view", after: "orders:view", missing: "orders:view"},
	{name: "regenerate the token of somebody whose deny ends earlier", actor: editor + ", *:view, -orders:view", fields: "access",
		before: "*:view, -orders:view 1h", after: "*:view, -orders:view 1h", missing: "orders:view"},
	{name: "weaken somebody who may more and take over in one save", actor: editor, fields: "rule orders:view,access",
		before: "orders:view", missing: "orders:view"},
	{name: "take away what somebody may who may more", actor: editor, fields: "rule orders:view", before: "orders:view", missing: "orders:view"},
	{name: "deny something to somebody who may more", actor: editor, fields: "rule *:*", before: "orders:view", after: "orders:view, -*:*", missing: "orders:view"},
	{name: "note on somebody who may more", actor: editor, fields: "note", before: "orders:view", after: "orders:view", missing: "orders:view"},
	{name: "rename somebody who may more", actor: editor, fields: "name", before: "orders:view", after: "orders:view", missing: "orders:view"},
	{name: "remove somebody who may more", actor: editor, fields: "remove", before: "orders:view", missing: "orders:view"},
	{name: "remove somebody who may less", actor: editor + ", orders:*", fields: "remove", before: "orders:view"},
	{name: "remove somebody whose deny ends later", actor: editor, fields: "remove", before: "orders:view, -orders:view 1h", missing: "orders:view"},
	{name: "remove somebody whose denies end at different times", actor: editor + ", orders:view 2h", fields: "remove",
		before: "orders:view 2h, -orders:view 1h, -*:* 2h"},
	{name: "add a user whose deny ends later", actor: editor, fields: "add,rule orders:view,role limited", after: "orders:view, limited/-orders:* 1h",
		missing: "orders:view"},
	{name: "grant what two denies take from oneself, to the last of them", actor: editor + ", orders:view, -orders:view 1h, -orders:* 2h",
		fields: "rule orders:view,rule orders:*", after: "orders:view, -orders:* 1h", missing: "orders:view"},
	{name: "remove somebody whose more is over", actor: editor, fields: "remove", before: "orders:view -1h"},
	{name: "somebody who may more through a role", actor: editor, fields: "access", before: "clerk/orders:view", after: "clerk/orders:view", missing: "orders:view"},

	{name: "add a user", actor: "users:create", fields: "add,name"},
	{name: "add a user with a rule", actor: "users:create, orders:view", fields: "add,rule orders:view", after: "orders:view", missing: "permissions:edit"},
	{name: "add a user with a token", actor: "users:create", fields: "add,access", missing: "tokens:edit"},
	{name: "add a user with a note", actor: "users:create", fields: "add,note", missing: "users:edit"},
	{name: "add a user with all that one holds", actor: editor + ", orders:*, -orders:view", fields: "add,rule orders:edit", after: "orders:edit"},
	{name: "add a user who may more", actor: editor, fields: "add,rule orders:view,access", after: "orders:view", missing: "orders:view"},
	{name: "add a user with one's own allow without one's own deny", actor: editor + ", orders:*, -orders:delete", fields: "add,rule orders:*",
		after: "orders:*", missing: "orders:delete"},
	{name: "add a user with one's own rules", actor: editor + ", orders:*, -orders:delete", fields: "add,rule orders:*,rule orders:delete", after: "orders:*, -orders:delete"},
	{name: "assign a role that gives more", actor: editor, fields: "role clerk", after: "clerk/orders:view", missing: "orders:view"},
	{name: "assign a role that gives less", actor: editor + ", orders:*", fields: "role clerk", after: "clerk/orders:view"},
	{name: "assign a role that lifts nothing", actor: editor + ", *:view", fields: "role clerk", before: "-orders:*", after: "-orders:*, clerk/orders:*"},
	{name: "unassign a role", actor: editor + ", orders:*", fields: "role clerk", before: "clerk/orders:view"},

	{name: "edit without the permission", actor: "orders:*, users:view", fields: "note", missing: "users:edit"},
	{name: "edit with the permission denied", actor: "users:*, -users:edit", fields: "note", missing: "users:edit"},
	{name: "edit with the permission ended", actor: "users:edit 0h", fields: "note", missing: "users:edit"},
	{name: "grant with tokens:edit alone", actor: "tokens:edit, orders:view", fields: "rule orders:view", after: "orders:view", missing: "permissions:edit"},
	{name: "regenerate with users:edit alone", actor: "users:edit", fields: "access", missing: "tokens:edit"},
	{name: "be somebody else at services with users:edit alone", actor: "users:edit, tokens:edit, permissions:edit", fields: "name", self: true, missing: "users:rename"},
	{name: "make somebody else at services of another", actor: "users:edit, tokens:edit, permissions:edit, roles:*", fields: "name", missing: "users:rename"},
	{name: "rename with a note on the side", actor: "users:edit", fields: "note,name", missing: "users:rename"},
	{name: "note with a new name on the side", actor: "users:rename", fields: "note,name", missing: "users:edit"},
	{name: "rename with the permission denied", actor: "users:*, -users:rename", fields: "name", missing: "users:rename"},
	{name: "add in the place of a rename", actor: "users:rename, users:delete, tokens:edit", fields: "add", missing: "users:create"},
	{name: "rename", actor: "users:rename", fields: "name"},
	{name: "rename oneself", actor: "users:rename", fields: "name", self: true},
	{name: "rename somebody who may do more", actor: "users:rename", fields: "name", before: "orders:view", after: "orders:view", missing: "orders:view"},
	{name: "grant what gives identities", actor: "permissions:edit, users:create, users:edit", fields: "rule users:rename", after: "users:rename", missing: "users:rename"},
	{name: "several fields, one permission lacking", actor: "users:edit, tokens:edit", fields: "note,access,role clerk", missing: "permissions:edit"},
	{name: "remove with users:edit alone", actor: "users:edit", fields: "remove", missing: "users:delete"},
	{name: "a field that is not in the table", actor: "*:*, -orders:view", fields: "digest", missing: "*:*"},
	{name: "a field that is not in the table, by one who may all", actor: "*:*", fields: "digest"},
	{name: "rotate one's own token", actor: "tokens:rotate_own", fields: "access", self: true},
	{name: "rotate one's own token, holding more", actor: "tokens:rotate_own, orders:*, -orders:delete", before: "tokens:rotate_own, orders:*, -orders:delete",
		after: "tokens:rotate_own, orders:*, -orders:delete", fields: "access", self: true},
	{name: "rotate another's token as one's own", actor: "tokens:rotate_own", fields: "access", missing: "tokens:edit"},
	{name: "rotate without the permission", actor: "orders:view", fields: "access", self: true, missing: "tokens:edit"},
	{name: "rotate against a deny", actor: "tokens:*, -tokens:edit, -tokens:rotate_own", fields: "access", self: true, missing: "tokens:edit"},
	{name: "rotate after the end of the permission", actor: "tokens:rotate_own -1h", fields: "access", self: true, missing: "tokens:edit"},
	{name: "end one's own access", actor: "tokens:rotate_own", fields: "access", self: true, off: true, missing: "tokens:edit"},
	{name: "rotate and rename", actor: "tokens:rotate_own, users:edit", fields: "access,name", self: true, missing: "tokens:edit"},
	{name: "rotate and grant", actor: "tokens:rotate_own, permissions:edit, orders:view", after: "orders:view", fields: "access,rule orders:view", self: true, missing: "tokens:edit"},
	{name: "rotate while a role gives more", actor: "tokens:rotate_own, clerk/a:x", before: "clerk/a:x", after: "clerk/a:*", fields: "access", self: true, missing: "a:*"},
	{name: "a note by rotating", actor: "tokens:rotate_own", fields: "note", self: true, missing: "users:edit"},
	{name: "add a user of one's own name", actor: "tokens:rotate_own", fields: "add", self: true, missing: "users:create"},
	{name: "remove oneself", actor: "tokens:rotate_own", fields: "remove", self: true, missing: "users:delete"},
	{name: "access of a role", actor: "tokens:rotate_own", kind: "role", fields: "access", self: true, missing: "*:*"},
	{name: "a kind that is not in the table", actor: editor, kind: "group", fields: "add", missing: "*:*"},
	{name: "edit a resource's title", actor: "resources:edit", kind: "resource", fields: "title"},
	{name: "edit a resource's path", actor: "resources:*", kind: "resource", fields: "path", missing: "*:*"},
	{name: "give a resource another path besides", actor: "resources:*", kind: "resource", fields: "alias /x", missing: "*:*"},
	{name: "edit a resource's parent", actor: "resources:*", kind: "resource", fields: "title,parent", missing: "*:*"},
	{name: "edit the title of a host's resource", actor: "resources:edit", kind: "resource", fields: "title", ofHost: true},
	{name: "remove a host's resource, uncovering another", actor: "resources:*", kind: "resource", fields: "remove", ofHost: true, missing: "*:*"},
	{name: "edit a resource's permission", actor: "resources:*", kind: "resource", fields: "request GET collection", missing: "*:*"},
	{name: "edit where a resource's requests go", actor: "resources:*", kind: "resource", fields: "upstream", missing: "*:*"},
	{name: "add a resource with a permission", actor: "resources:*", kind: "resource", fields: "add,title,request GET collection", missing: "*:*"},
	{name: "remove a resource with resources:edit alone", actor: "resources:edit", kind: "resource", fields: "remove", missing: "resources:delete"},
	{name: "remove a resource", actor: "resources:delete", kind: "resource", fields: "remove"},
	{name: "edit a title beside services", actor: "resources:edit", kind: "resource", fields: "title", service: true},
	{name: "edit a path beside services", actor: "resources:*", kind: "resource", fields: "path", service: true, missing: "*:*"},
	{name: "remove a resource beside services", actor: "resources:*", kind: "resource", fields: "remove", service: true, missing: "*:*"},
	{name: "bring a resource back beside services", actor: "resources:*", kind: "resource", fields: "add", service: true, missing: "*:*"},
	{name: "bring a resource back", actor: "resources:create", kind: "resource", fields: "add"},
	{name: "no rules at all", fields: "note", missing: "users:edit"},
	{name: "a user of an edited role", actor: "roles:edit, orders:view", before: "clerk/orders:view", after: ""},
	{name: "a user of an edited role who may more", actor: "roles:edit, orders:view", before: "*:*, clerk/orders:view", after: "*:*, clerk/-*:*", missing: "orders:create"},

	{name: "add a role with what one holds", actor: editor + ", orders:view", kind: "role", fields: "add,rule orders:view", after: "orders:view"},
	{name: "add a role that gives more", actor: editor, kind: "role", fields: "add,rule orders:view", after: "orders:view", missing: "orders:view"},
	{name: "rename a role that gives more", actor: "roles:edit", kind: "role", fields: "name", before: "orders:view", after: "orders:view", missing: "orders:view"},
	{name: "rename a role with roles:create and roles:delete", actor: "roles:create, roles:delete, orders:view", kind: "role", fields: "name", before: "orders:view", after: "orders:view", missing: "roles:edit"},
	{name: "rename a role that gives no more", actor: "roles:edit, orders:view", kind: "role", fields: "name", before: "orders:view", after: "orders:view"},
	{name: "add a role without roles:edit", actor: "roles:create, orders:view", kind: "role", fields: "add,rule orders:view", after: "orders:view", missing: "roles:edit"},
	{name: "add a role of one's own rules", actor: editor + ", orders:*, -orders:delete", kind: "role", fields: "add,rule orders:*,rule orders:delete", after: "orders:*, -orders:delete"},
	{name: "edit a role into more", actor: editor + ", orders:view", kind: "role", fields: "rule *:view", before: "orders:view", after: "orders:view, *:view", missing: "other:view"},
	{name: "edit a role that gives more", actor: editor, kind: "role", fields: "note", before: "orders:view", after: "orders:view", missing: "orders:view"},
	{name: "weaken a role that gives more", actor: editor, kind: "role", fields: "rule orders:view", before: "orders:view", missing: "orders:view"},
	{name: "remove a role that gives more", actor: editor, kind: "role", fields: "remove", before: "orders:view", missing: "orders:view"},
	{name: "remove a role that denies", actor: editor, kind: "role", fields: "remove", before: "-orders:view", missing: "orders:view"},
	{name: "take a deny out of a role that allows nothing", actor: editor, kind: "role", fields: "rule orders:view", before: "-orders:view", missing: "orders:view"},
	{name: "take a deny out of a role, holding it", actor: editor + ", orders:view", kind: "role", fields: "rule orders:view", before: "-orders:view"},
	{name: "narrow a deny of a role", actor: editor, kind: "role", fields: "rule *:*,rule *:delete", before: "-*:*", after: "-*:delete", missing: "orders:create"},
	{name: "end the deny of a role", actor: editor, kind: "role", fields: "rule orders:view", before: "-orders:view", after: "-orders:view 1h", missing: "orders:view"},
	{name: "turn the deny of a role into an allow", actor: editor, kind: "role", fields: "rule orders:view", before: "-orders:view", after: "orders:view", missing: "orders:view"},
	{name: "put off the end of a role's rule", actor: editor + ", orders:view 1h", kind: "role", fields: "rule orders:view", before: "orders:view 1h", after: "orders:view 2h", missing: "orders:view"},
	{name: "a role rule with permissions:edit alone", actor: "permissions:edit, orders:view", kind: "role", fields: "rule orders:view", after: "orders:view", missing: "roles:edit"},
	{name: "assign a role to a role", actor: editor, kind: "role", fields: "role clerk", missing: "*:*"},

	{name: "founder grants", actor: "*:*", fields: "rule *:*", after: "*:*"},
	{name: "founder through a role", actor: "admins/*:*", fields: "rule *:*", after: "*:*"},
	{name: "founder by a longer rule", actor: "*:* 1h, admins/*:*", fields: "rule *:*", after: "*:*"},
	{name: "founder takes away a deny", actor: "*:*", kind: "role", fields: "remove", before: "-*:*"},
	{name: "founder with a deny that is over", actor: "*:*, -*:delete -1h", fields: "access", before: "*:*", after: "*:*"},
	{name: "founder with a deny elsewhere", actor: "*:*, -pages:print", fields: "access", before: "*:*", after: "*:*", missing: "pages:print"},
	{name: "no founder: each part by a rule of its own", actor: editor + ", orders:*, store:*, other:*, *:view, *:edit", fields: "access", before: "*:*", after: "*:*", missing: "*:*"},
}
