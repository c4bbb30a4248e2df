package panel

import (
	"context"
	"iter"

	"latchkey/perms"
	"latchkey/perms/errorkind"

	"latchkey/tokens"
)

// ErrNoDatabase: nobody has made a database there yet.
var ErrNoDatabase = errorkind.Unavailable.New("no latchkey database")

// Panel is everything that one operator can do and see. Who the operator is was settled when the panel was made; each
// call is judged by that operator's permissions, as of the moment of the call.
//
// Names are taken in any form that [latchkey/perms/username.Canonical] accepts. A label is the name of a user, or
// "role:NAME", "resource:NAME", or "setting:all". Every error has a kind, [errorkind.Of]. A panel is safe for concurrent use.
type Panel interface {
	Edits
	Drafts
	Objects
	Documents
	History
	Questions
}

// Edits change users, roles and resources.
type Edits interface {
	// Edit makes all of the operations or none: in the operator's draft or, with Save, live. Operations on the same object
	// follow each other. A save that would leave nobody who may do everything, or that the operator could not undo any more, is
	// [errorkind.Unconfirmed], and so is one by Rollback or Save.
	Edit(ctx context.Context, operations []Operation, options EditOptions) (Edited, error)
	// Preview says what Edit would do, with Edit's errors, and keeps nothing. Its Seen, in the options of a later Edit,
	// makes that one a conflict where an object has changed in between. So a token can be shown before it counts.
	Preview(ctx context.Context, operations []Operation, options EditOptions) (Preview, error)
	// RevokeLeaked disables the users whose current or retiring token is among the leaked ones.
	RevokeLeaked(ctx context.Context, leaked Leaked, options EditOptions) (RevokedLeaks, error)
	// Rollback edits what a revision changed back to what it was. Of what does not come back it says so, also beside the error
	// that there is nothing else.
	Rollback(ctx context.Context, revision int64, options EditOptions) (RolledBack, error)
}

// Drafts are what is staged. The draft "" is the one without a name. No labels are all that is staged.
type Drafts interface {
	// Draft shows a draft of the operator's and the newest revision, of one state.
	Draft(ctx context.Context, draft string) (Draft, error)
	// Diff compares a draft with the live state.
	Diff(ctx context.Context, draft string, labels []string) ([]StagedChange, error)
	// Save makes a draft live in one transaction. Saved is nil where nothing was staged. It is [errorkind.Unconfirmed] where
	// no label is given and some of the draft was staged under a token that has ended.
	Save(ctx context.Context, labels []string, options SaveOptions) (Edited, error)
	// Discard forgets what is staged, and says what that was.
	Discard(ctx context.Context, draft string, labels []string) ([]StagedChange, error)
	// Rebase begins a draft anew from the live state, where no field of it has moved. It says what was rebased, also
	// beside a conflict.
	Rebase(ctx context.Context, draft string, labels []string) ([]StagedChange, error)
	// OpenDrafts lists the drafts of all operators.
	OpenDrafts(ctx context.Context) ([]OpenDraft, error)
	// DiffOf shows another operator's draft to one who may do everything.
	DiffOf(ctx context.Context, operator, draft string, labels []string) ([]StagedChange, error)
	// DiscardOf forgets of another operator's draft what was seen by DiffOf, and no more: what has changed since is a
	// conflict.
	DiscardOf(ctx context.Context, operator, draft string, seen []StagedChange) error
}

// Objects are users, roles and resources. Views of several names are of one state; all of them are there, or the error
// names what is not.
type Objects interface {
	Users(ctx context.Context, query UserQuery) iter.Seq2[User, error]
	CountUsers(ctx context.Context, query UserQuery) (int64, error)
	UsersNamed(ctx context.Context, names []string, view View) ([]UserView, error)
	// Tokens lists who has API access, and by which token, of all users by name.
	Tokens(ctx context.Context) iter.Seq2[Access, error]
	TokensNamed(ctx context.Context, names []string, view View) ([]AccessView, error)
	Roles(ctx context.Context, page Page) ([]Role, error)
	CountRoles(ctx context.Context) (int64, error)
	RolesNamed(ctx context.Context, names []string, view View) ([]RoleView, error)
	// Resources lists what is served and what is hidden, by name.
	Resources(ctx context.Context) (served, hidden []Resource, err error)
	ResourcesNamed(ctx context.Context, names []string, view View) ([]ResourceView, error)
	// Catalogue is what is served, with every permission that something needs.
	Catalogue(ctx context.Context, view View) (*perms.Catalogue, error)
	// SettingsNamed shows settings; no names are all.
	SettingsNamed(ctx context.Context, names []string, view View) ([]SettingView, error)
	// Complete lists names that begin with a prefix, for a shell.
	Complete(ctx context.Context, what Completion, prefix string, limit int) ([]string, error)
}

// History is what was saved.
type History interface {
	// Revisions lists revisions, newest first.
	Revisions(ctx context.Context, filter LogFilter) iter.Seq2[Recorded, error]
	CountRevisions(ctx context.Context, filter LogFilter) (int64, error)
	Revision(ctx context.Context, number int64) (Recorded, error)
	// Between compares the states after two revisions; 0 is the state before the first.
	Between(ctx context.Context, from, to int64) ([]Changed, error)
	// VerifyLog computes the chain anew. The head, if not "", must be that of some revision.
	VerifyLog(ctx context.Context, head string) (VerifiedLog, error)
}

// Questions ask what somebody may do, and whose a token is.
type Questions interface {
	Can(ctx context.Context, user string, question Question) (Answer, error)
	// Who lists the users who may. With all, also those without API access.
	Who(ctx context.Context, question Question, all bool) Answers
	// VerifyToken tells whether a token with this digest is accepted for the user now.
	VerifyToken(ctx context.Context, user string, digest tokens.Digest, draft string) (VerifiedToken, error)
}
