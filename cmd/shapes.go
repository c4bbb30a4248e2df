package cmd

import (
	"time"

	"latchkey/db"
	"latchkey/perms"
)

// The JSON shapes of the command line. They are a written contract, docs/json.md, and no other package's structs:
// a field is never renamed or removed, only added.

type userShape struct {
	Name      string         `json:"name"`
	Email     string         `json:"email"`
	Note      string         `json:"note"`
	APIAccess bool           `json:"api_access"`
	Token     *tokenShape    `json:"token"`
	Retiring  *retiringShape `json:"retiring"`
	Roles     []string       `json:"roles"`
	Rules     []ruleShape    `json:"rules"` // the user's own
	CreatedAt time.Time      `json:"created_at"`
	ChangedAt time.Time      `json:"changed_at"`
	Revision  int64          `json:"revision"`
}

type tokenShape struct {
	Fingerprint string    `json:"fingerprint"`
	IssuedAt    time.Time `json:"issued_at"`
}

type retiringShape struct {
	Fingerprint string    `json:"fingerprint"`
	Until       time.Time `json:"until"`
}

type ruleShape struct {
	Effect     perms.Effect `json:"effect"`
	Permission string       `json:"permission"`
	Until      *time.Time   `json:"until"`
}

type roleShape struct {
	Name      string      `json:"name"`
	Note      string      `json:"note"`
	Rules     []ruleShape `json:"rules"`
	Users     []string    `json:"users"`
	CreatedAt time.Time   `json:"created_at"`
	ChangedAt time.Time   `json:"changed_at"`
	Revision  int64       `json:"revision"`
}

// accessShape is what `token list` and `token show` print of a user.
type accessShape struct {
	Name      string         `json:"name"`
	APIAccess bool           `json:"api_access"`
	Token     *tokenShape    `json:"token"`
	Retiring  *retiringShape `json:"retiring"`
}

// issuedShape is a token at the one moment it is shown.
type issuedShape struct {
	Name        string `json:"name"`
	Token       string `json:"token"`
	Fingerprint string `json:"fingerprint"`
}

// grantedShape is one rule of one user in `perm show`.
type grantedShape struct {
	Name string `json:"name"`
	ruleShape
	Role string `json:"role"` // through which the user has it; empty: the user's own
}

// permissionShape is one permission of the catalogue.
type permissionShape struct {
	Permission string   `json:"permission"`
	For        []string `json:"for"` // requests, and commands of the control panel
}

type differenceShape struct {
	User   string  `json:"user"`
	Field  string  `json:"field"`
	Before *string `json:"before"`
	After  *string `json:"after"`

	Conflict bool `json:"conflict"` // the live object has moved since the draft began
}

type statusShape struct {
	Database string        `json:"database"`
	Operator string        `json:"operator"`
	Draft    string        `json:"draft"`
	Revision int64         `json:"revision"`
	Head     string        `json:"head"`
	Staged   []stagedShape `json:"staged"`
}

type stagedShape struct {
	User     string    `json:"user"`
	Action   string    `json:"action"` // add, change or remove
	Fields   []string  `json:"fields"`
	Conflict bool      `json:"conflict"` // the live user has moved since: a save would fail
	StagedAt time.Time `json:"staged_at"`
}

type revisionShape struct {
	Revision int64      `json:"revision"` // 0: nothing was saved
	Head     string     `json:"head"`
	SavedAt  *time.Time `json:"saved_at"`
	Users    []string   `json:"users"`
}

type versionShape struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	Schema  int    `json:"schema"`
}

func shapeOfUser(user db.Object) userShape {
	access := shapeOfAccess(user)
	shape := userShape{
		Name: user.Name, Email: user.Email, Note: user.Note, APIAccess: access.APIAccess, Token: access.Token,
		Retiring: access.Retiring, Roles: orEmpty(user.Roles), Rules: shapesOfRules(user.Rules),
		CreatedAt: user.CreatedAt, ChangedAt: user.ChangedAt, Revision: user.Revision,
	}
	return shape
}

func shapeOfRole(role db.Object, users []string) roleShape {
	return roleShape{Name: role.Name, Note: role.Note, Rules: shapesOfRules(role.Rules), Users: orEmpty(users),
		CreatedAt: role.CreatedAt, ChangedAt: role.ChangedAt, Revision: role.Revision}
}

func shapesOfRules(rules perms.Rules) []ruleShape {
	shapes := make([]ruleShape, 0, len(rules))
	for _, rule := range rules {
		shapes = append(shapes, shapeOfRule(rule))
	}
	return shapes
}

// orEmpty makes a list that JSON shows as [] and not as null.
func orEmpty(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}

func shapeOfAccess(user db.Object) accessShape {
	shape := accessShape{Name: user.Name, APIAccess: user.Access.Enabled()}
	if shape.APIAccess {
		shape.Token = &tokenShape{user.Access.Current.Fingerprint(), user.Access.IssuedAt}
	}
	if !user.Access.Retiring.IsZero() {
		shape.Retiring = &retiringShape{user.Access.Retiring.Fingerprint(), user.Access.RetiringUntil}
	}
	return shape
}

func shapeOfRule(rule perms.Rule) ruleShape {
	shape := ruleShape{Effect: rule.Effect, Permission: rule.Pattern.String()}
	if !rule.Until.IsZero() {
		shape.Until = &rule.Until
	}
	return shape
}
