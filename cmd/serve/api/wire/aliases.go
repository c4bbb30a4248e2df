package wire

import "latchkey/cmd/panel"

// The shapes are in package panel.
type (
	Count       = panel.Count
	Time        = panel.Time
	RequestLog  = panel.RequestLog
	Decision    = panel.Decision
	HeldRule    = panel.HeldRule
	NearMiss    = panel.NearMiss
	Difference  = panel.Difference
	Staged      = panel.Staged
	Draft       = panel.Draft
	Edited      = panel.Edited
	EditedToken = panel.EditedToken
	Saved       = panel.Saved
	Logged      = panel.Logged
	Recorded    = panel.Recorded
	Changed     = panel.Changed
	User        = panel.User
	Token       = panel.Token
	Retiring    = panel.Retiring
	Rule        = panel.Rule
	Role        = panel.Role
	Access      = panel.Access
	Issued      = panel.Issued
	Granted     = panel.Granted
	Assigned    = panel.Assigned
	Resource    = panel.Resource
	Upstream    = panel.Upstream
	RequestType = panel.RequestType
	Origin      = panel.Origin
	LastUses    = panel.LastUses
)

const (
	OriginBuiltIn = panel.OriginBuiltIn
	OriginChanged = panel.OriginChanged
	OriginAdded   = panel.OriginAdded
	OriginHidden  = panel.OriginHidden
)
