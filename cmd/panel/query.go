package panel

import (
	"fmt"
	"strings"
	"time"

	"latchkey/perms"
	"latchkey/tokens"
)

// EditOptions say how operations are made.
type EditOptions struct {
	Draft   string   // the draft to stage in
	Save    bool     // make exactly these operations live, and stage nothing
	Message string   // with Save: what the log keeps
	Confirm string   // with Save: what the error of a save before asked for, see [ConfirmationOf]
	Ensure  bool     // what is so already is no error
	Seen    Seen     // set: an object that is not as Preview found it is a conflict
	IfMatch []string // set: an object whose version is none of these is refused (RFC 9110, section 13.1.1); "*" is any
	// IfNoneMatch are versions of which none is edited (section 13.1.2); "*" is any.
	IfNoneMatch []string
}

// Seen are the versions in which Preview found the objects, by label.
type Seen map[string]string

// SaveOptions say what a save is.
type SaveOptions struct {
	Draft, Message string
	Confirm        string // what the error of a save before asked for, see [ConfirmationOf]
	Confirmed      bool   // save a whole draft although some of it was staged under a token that has ended
	DryRun         bool   // keep nothing: the errors are those of the save, and the Revision of Saved is 0
}

// View says in which state objects are looked at: live, or as a save of a draft would leave them.
type View struct {
	Draft  string
	Staged bool
}

// Page is a part of a list: at most Limit after the first Skip; no limit where it is 0.
type Page struct{ Skip, Limit int64 }

// UserQuery chooses users; what is given must all hold.
type UserQuery struct {
	Role    string // only those who have it; "": all
	Access  *bool  // only those who have API access, or have none; nil: all
	Pattern string // only those whose name is like it: "*" stands for any characters, "?" for one; "": all
	Sort    UserSort
	Page
}

// UserSort is in which order users come; equal ones are by name, and so are all by the zero value.
type UserSort struct {
	By         string // [SortCreated], [SortChanged] or [SortIssued]; "": their names
	Descending bool
}

// By what users can come. Those without a token are last by when it was issued.
const (
	SortCreated = "created_at"
	SortChanged = "changed_at"
	SortIssued  = "issued_at"
)

// userSorts are the words for by what users come: the fields of a user, and the headings of their list.
var userSorts = map[string]string{"name": "", SortCreated: SortCreated, "created": SortCreated, SortChanged: SortChanged, "changed": SortChanged,
	SortIssued: SortIssued, "issued": SortIssued}

// ParseUserSort reads a field and maybe its direction, such as changed_at:desc. [ErrSort].
func ParseUserSort(text string) (UserSort, error) {
	field, direction, directed := strings.Cut(text, ":")
	by, known := userSorts[field]
	if !known || directed && direction != "asc" && direction != "desc" {
		return UserSort{}, fmt.Errorf("%.80q %w", text, ErrSort)
	}
	return UserSort{by, direction == "desc"}, nil
}

// LogFilter chooses revisions; what is given must all hold.
type LogFilter struct {
	Label                string // of what it changed; a name alone is of whatever had it: [ErrAmbiguous] where that was of several kinds
	User, Role, Resource string // that it changed
	Operator             string
	Since, Until         time.Time
	Page
}

// State says by which state a question is answered: the live one, unless it says another.
type State struct {
	Staged   bool   // as if the draft were saved
	Draft    string // which one
	Revision *int64 // as of this save; 0: before the first
}

// Question is about a permission, or else about a request.
type Question struct {
	Permission   *perms.Permission
	Method, Path string // of a request; the path may be a whole URL
	State        State
}

// Completion is what a shell completes. Users, roles and resources are live ones, those of a draft, or both.
type Completion struct {
	Kind         CompletionKind
	Live, Staged bool
	Draft        string
}

// CompletionKind is a kind of names.
type CompletionKind string

// The kinds of names that can be completed.
const (
	CompleteUsers     CompletionKind = "users"
	CompleteRoles     CompletionKind = "roles"
	CompleteResources CompletionKind = "resources"
	CompleteDrafts    CompletionKind = "drafts"    // the operator's own, by name
	CompleteOperators CompletionKind = "operators" // who have a draft
	CompleteRevisions CompletionKind = "revisions" // the latest
	CompleteSettings  CompletionKind = "settings"  // the one object with all of them, where it is staged
)

// Leaked are tokens that somebody else may know. Where the whole digest is known a fingerprint is not enough: with some work
// anybody can make a token that has another one's.
type Leaked struct {
	Digests      map[tokens.Digest]bool
	Fingerprints map[string]bool
}

// Has reports whether a token is among them.
func (l Leaked) Has(digest tokens.Digest) bool {
	return !digest.IsZero() && (l.Digests[digest] || l.Fingerprints[digest.Fingerprint()])
}
