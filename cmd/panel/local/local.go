// Package local is the control panel on a database: it makes operations of package panel into edits of package db, and
// what is stored into shapes.
//
// Numbers such as H11 are requirements: see docs/requirements.md.
package local

import (
	"context"
	"time"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// Panel is a [panel.Panel] of one operator on a database. It is safe for concurrent use.
type Panel struct {
	editor
	stage
	objects
	documents
	records
	questions
}

var _ panel.Panel = (*Panel)(nil)

// core is what the parts of a panel have in common, and each part what it does.
type (
	core      struct{ Config }
	editor    struct{ *core }
	stage     struct{ *core }
	objects   struct{ *core }
	documents struct{ *core }
	records   struct{ *core }
	questions struct{ *core }
)

// Config is what a panel works with.
type Config struct {
	Database *db.DB // writable, where anything is to be edited
	Operator model.Operator
	Clock    func() time.Time

	// MayView says whether the operator may look at what takes a permission. Nil asks the rules of the user whom the
	// operator acts as.
	MayView func(ctx context.Context, permission perms.Permission) error
	// LastUsed reads when tokens of a user, of all users for 0, were last used. Nil: it is not known. An error of it is
	// no reason to show nothing: LastUsed reports it itself.
	LastUsed func(ctx context.Context, user int64) []data.TokenUse
	// WithDocuments works with the documents, to change them too where that is asked for, else to read them alone: then
	// nothing is done where there are none yet. Nil: the panel has none.
	WithDocuments func(ctx context.Context, toChange bool, work func(documents *data.Data) error) error
}

// New makes a panel.
func New(config Config) *Panel {
	shared := &core{config}
	return &Panel{editor{shared}, stage{shared}, objects{shared}, documents{shared}, records{shared}, questions{shared}}
}

// The permissions to look at things. Those of edits are in package perms.
var (
	viewUsers     = perms.Permission{Resource: "users", Action: "view"}
	viewTokens    = perms.Permission{Resource: "tokens", Action: "view"}
	viewRoles     = perms.Permission{Resource: "roles", Action: "view"}
	viewResources = perms.Permission{Resource: "resources", Action: "view"}
	viewSettings  = perms.Permission{Resource: "settings", Action: "view"}
	viewRevisions = perms.Permission{Resource: "revisions", Action: "view"}
)

// mayView returns an error unless the operator may look at what takes a permission.
func (c *core) mayView(ctx context.Context, permission perms.Permission) error {
	if c.MayView != nil {
		return c.MayView(ctx, permission)
	}
	return c.Database.Require(ctx, c.Operator, permission)
}

// draft is the operator's draft of a name.
func (c *core) draft(name string) drafts.Draft {
	return drafts.Draft{Operator: c.Operator, Name: name}
}

func checkDraft(name string) error { return edits.CheckText("name of the draft", name) }

// stagedIn is what a state has staged in the operator's draft of a name.
func (c *core) stagedIn(ctx context.Context, state db.View, name string) ([]drafts.Staged, error) {
	if err := checkDraft(name); err != nil {
		return nil, err
	}
	return state.Staged(ctx, c.draft(name))
}

// ClockBehindOf says that a clock is behind; nil where it is not.
func ClockBehindOf(now verifiedtime.Time, clock time.Time) *panel.ClockBehind {
	if !now.Behind() {
		return nil
	}
	return &panel.ClockBehind{Shows: clock.UTC().Truncate(time.Second), Passed: now.At().UTC().Truncate(time.Second)}
}
