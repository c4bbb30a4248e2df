package panel

import (
	"time"

	"latchkey/perms"
	"latchkey/tokens"
)

// Operation is one change of one object, as data. Each type below is one.
type Operation interface{ operation() }

// Text is a text to set; nil leaves what is there.
type Text = *string

type (
	// AddUser adds a user without API access and without rules.
	AddUser struct{ Name, Email, Note string }
	// EditUser changes what is given.
	EditUser struct {
		Name                 string
		NewName, Email, Note Text
	}
	// RemoveUser removes a user with token, rules and roles.
	RemoveUser struct{ Name string }

	// EnableToken turns API access on. The caller has made the token and hands over its digest alone.
	EnableToken struct {
		User   string
		Digest tokens.Digest
		Expiry tokens.Expiry
	}
	// RegenerateToken replaces the token; the old one works on for the grace, which counts from the save.
	RegenerateToken struct {
		User   string
		Digest tokens.Digest
		Grace  time.Duration
		Expiry tokens.Expiry
	}
	// SuspendToken makes no token of a user be accepted, until ResumeToken.
	SuspendToken struct{ User string }
	// ResumeToken lets the tokens of a user be accepted again that have not ended.
	ResumeToken struct{ User string }
	// DisableToken turns API access off. The token is gone for good.
	DisableToken struct{ User string }

	// AssignRole gives a user a role.
	AssignRole struct{ User, Role string }
	// UnassignRole takes a role from a user.
	UnassignRole struct{ User, Role string }
)

type (
	// AddRole adds a role without rules.
	AddRole struct{ Name, Note string }
	// EditRole changes what is given. From the save of another name on, users who have the role have it by that name.
	EditRole struct {
		Name          string
		NewName, Note Text
	}
	// RemoveRole removes a role. While users have it it is refused, unless it is taken from them in the same edit.
	RemoveRole struct {
		Name     string
		Unassign bool
	}
)

type (
	// SetRules gives one rule for each pattern, in place of the one that was there for it.
	SetRules struct {
		Holder   Holder
		Effect   perms.Effect
		Patterns []perms.Pattern
		Until    time.Time // zero: no end
	}
	// RevokeRules ends the rules for exactly these patterns.
	RevokeRules struct {
		Holder   Holder
		Patterns []perms.Pattern
	}
)

// Holder is who has rules: a user, or a role.
type Holder struct {
	Name string
	Role bool
}

type (
	// AddResource adds a resource, or brings back a hidden one that is built in.
	AddResource struct {
		Name   string
		Fields ResourceFields
	}
	// EditResource changes what is given.
	EditResource struct {
		Name   string
		Fields ResourceFields
	}
	// RemoveResource removes a resource; one that is built in is hidden. While users or roles have rules that allow its
	// permissions it is refused, unless these are revoked with it.
	RemoveResource struct {
		Name        string
		RevokeRules bool
	}
)

// ResourceFields are what an operation sets of a resource; nil leaves what is there.
type ResourceFields struct {
	Title, Host, Path, Parent Text
	Backend                   *perms.Backend
	Aliases                   []string     // all of them
	AliasChanges              []ListChange // single ones
	PassFields                []string     // all of them
	PassFieldChanges          []ListChange // single ones
	AllowOrigins              []string     // all of them
	AllowOriginChanges        []ListChange // single ones
	AllowCredentials          *bool
	PassCORS                  *bool
	Requests                  []perms.Request // all of them
	RequestChanges            []RequestChange // single ones
	Upstream                  UpstreamFields
}

// IsZero reports whether nothing is set.
func (f ResourceFields) IsZero() bool {
	return f.Title == nil && f.Host == nil && f.Path == nil && f.Parent == nil && f.Backend == nil && f.Aliases == nil &&
		f.AliasChanges == nil && f.PassFields == nil && f.PassFieldChanges == nil && f.AllowOrigins == nil && f.AllowOriginChanges == nil && f.AllowCredentials == nil && f.PassCORS == nil &&
		f.Requests == nil && f.RequestChanges == nil && f.Upstream == UpstreamFields{}
}

// ListChange adds a value to a list, or takes it away.
type ListChange struct {
	Value string
	Gone  bool
}

// UpstreamFields are what an operation sets of the service behind a resource; nil leaves what is there.
type UpstreamFields struct {
	URL, StripPrefix Text
	HostHeader       Text // keep, upstream or a host
	Timeout          *time.Duration
	MaxBody          *int64 // bytes
}

// RequestChange sets one request type of a resource, or takes it away.
type RequestChange struct {
	Request perms.Request // without an endpoint: wherever the resource has the method
	Gone    bool
}

func (AddUser) operation()         {}
func (EditUser) operation()        {}
func (RemoveUser) operation()      {}
func (EnableToken) operation()     {}
func (RegenerateToken) operation() {}
func (DisableToken) operation()    {}
func (SuspendToken) operation()    {}
func (ResumeToken) operation()     {}
func (AssignRole) operation()      {}
func (UnassignRole) operation()    {}
func (AddRole) operation()         {}
func (EditRole) operation()        {}
func (RemoveRole) operation()      {}
func (SetRules) operation()        {}
func (RevokeRules) operation()     {}
func (AddResource) operation()     {}
func (EditResource) operation()    {}
func (RemoveResource) operation()  {}
