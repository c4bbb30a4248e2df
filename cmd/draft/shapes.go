package draft

import (
	"time"

	"latchkey/cmd/serve/api/wire"
)

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
