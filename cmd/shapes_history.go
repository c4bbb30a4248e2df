package cmd

import (
	"time"

	"latchkey/db"
)

// loggedShape is one revision in `log`.
type loggedShape struct {
	Revision int64     `json:"revision"`
	SavedAt  time.Time `json:"saved_at"`
	Operator string    `json:"operator"`
	KnownBy  string    `json:"known_by"`
	Source   string    `json:"source"`
	Message  string    `json:"message"`
	Head     string    `json:"head"`
	Changed  []string  `json:"changed"`
}

// recordedShape is one revision in `show`, whole.
type recordedShape struct {
	loggedShape
	Changes []changedShape `json:"changes"`
}

// changedShape is one field that a revision changed.
type changedShape struct {
	User   string  `json:"user"`
	Field  string  `json:"field"`
	Before *string `json:"before"`
	After  *string `json:"after"`
}

// logVerifiedShape is what `log --verify` found in order.
type logVerifiedShape struct {
	Revisions int64  `json:"revisions"`
	Head      string `json:"head"` // of the newest; empty: there is none
	Kept      *int64 `json:"kept"` // the revision whose head was given; null: none was
	Since     *int64 `json:"since"`
}

func shapeOfLogged(revision db.Revision) loggedShape {
	shape := loggedShape{
		Revision: revision.Number, SavedAt: revision.SavedAt, Operator: revision.Operator.Name,
		KnownBy: revision.Operator.KnownBy, Source: revision.Operator.Source, Message: revision.Message,
		Head: revision.Head.String(), Changed: []string{},
	}
	for _, change := range revision.Changes {
		shape.Changed = append(shape.Changed, change.Label())
	}
	return shape
}

func shapeOfRecorded(revision db.Revision) recordedShape {
	shape := recordedShape{loggedShape: shapeOfLogged(revision), Changes: []changedShape{}}
	for _, change := range revision.Changes {
		for _, difference := range change.Differences() {
			shape.Changes = append(shape.Changes, changedShape{User: change.Label(), Field: difference.Field,
				Before: orNull(difference.Before), After: orNull(difference.After)})
		}
	}
	return shape
}

func shapeOfVerified(verified db.Verified) logVerifiedShape {
	shape := logVerifiedShape{Revisions: verified.Revisions}
	if verified.Revisions > 0 {
		shape.Head = verified.Head.String()
	}
	if verified.Kept > 0 {
		since := verified.Revisions - verified.Kept
		shape.Kept, shape.Since = &verified.Kept, &since
	}
	return shape
}
