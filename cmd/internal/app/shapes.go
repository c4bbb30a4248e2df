package app

import (
	"time"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
)

// The JSON shapes that the command line alone prints; package wire has those that the API answers with too. All are one
// contract, docs/json.md: a field is never renamed or removed, only added.

// permissionShape is one permission of the catalogue.
type PermissionShape struct {
	Permission string   `json:"permission"`
	For        []string `json:"for"` // requests, and commands of the control panel
}

type StatusShape struct {
	Database string        `json:"database"`
	Operator string        `json:"operator"`
	Draft    string        `json:"draft"`
	Revision int64         `json:"revision"`
	Head     string        `json:"head"`
	Staged   []wire.Staged `json:"staged"`
}

// openDraftShape is one operator's draft in `status --all`.
type OpenDraftShape struct {
	Operator string        `json:"operator"`
	Draft    string        `json:"draft"` // empty: the one without a name
	Staged   []wire.Staged `json:"staged"`
	Conflict bool          `json:"conflict"`  // a save would fail
	StagedAt time.Time     `json:"staged_at"` // the last edit
}

// permittedShape is one user in the answer of `who`.
type PermittedShape struct {
	Name      string         `json:"name"`
	APIAccess bool           `json:"api_access"`
	Rule      *wire.HeldRule `json:"rule"`  // null: any user with API access may
	Until     *time.Time     `json:"until"` // when the user no longer may, as rules end; null: never
}

type VersionShape struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	Schema  int    `json:"schema"`
}

// logVerifiedShape is what `log --verify` found in order.
type LogVerifiedShape struct {
	Revisions int64  `json:"revisions"`
	Head      string `json:"head"` // of the newest; empty: there is none
	Kept      *int64 `json:"kept"` // the revision whose head was given; null: none was
	Since     *int64 `json:"since"`
}

func ShapeOfVerified(verified db.Verified) LogVerifiedShape {
	shape := LogVerifiedShape{Revisions: verified.Revisions}
	if verified.Revisions > 0 {
		shape.Head = verified.Head.String()
	}
	if verified.Kept > 0 {
		since := verified.Revisions - verified.Kept
		shape.Kept, shape.Since = &verified.Kept, &since
	}
	return shape
}
