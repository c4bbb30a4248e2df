package snapshot

import (
	"slices"

	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

// Identity is an authenticated user, as of one moment within the request: all of it is of one state. It is small and
// never changes; copy it freely.
type Identity struct {
	UserID   int64
	Name     string
	Retiring bool // the token presented is the retiring one
	Now      verifiedtime.Time

	Catalogue *perms.Catalogue // what is served

	Granted *Grants         // shared with others, as the next one
	roles   map[int64]*role // all that there are
}

// Decide answers whether the user may make a request at the moment of the identity, by the user's own rules and those of
// its roles. It does not allocate.
func (i Identity) Decide(request perms.Request) perms.Decision {
	if i.Granted == nil { // without credentials
		return perms.Decision{Allowed: request.Anyone}
	}
	decision := request.Decide(i.Granted.Own, i.Now)
	for _, role := range i.Granted.roles {
		decision = request.And(decision, i.roles[role].rules, i.Now)
	}
	return decision
}

// Rules lists all rules that count: the user's own, then those of its roles, by role. The slice is the caller's.
func (i Identity) Rules() []perms.Rule {
	if i.Granted == nil {
		return nil
	}
	rules := slices.Clone(i.Granted.Own)
	for _, role := range i.Granted.roles {
		rules = append(rules, i.roles[role].rules...)
	}
	return rules
}

// ByAPI is a user who was authenticated by the API as an operator, with the digest of the token that was shown: a user of that
// name with another number is another one, and a token that was revoked since edits nothing.
func ByAPI(user Identity, presented tokens.Digest) model.Operator {
	return model.Operator{Name: model.OperatorOf(user.Name), KnownBy: "api", Source: "https api", As: user.Name, UserID: user.UserID, Presented: presented}
}
