package wire

import (
	"time"

	"latchkey/db"
)

// Saved is what a save has done.
type Saved struct {
	Revision int64      `json:"revision"` // 0: nothing was saved
	Head     string     `json:"head"`
	SavedAt  *time.Time `json:"saved_at"`
	Users    []string   `json:"users"`
}

// Logged is one revision, in brief.
type Logged struct {
	Revision int64     `json:"revision"`
	SavedAt  time.Time `json:"saved_at"`
	Operator string    `json:"operator"`
	KnownBy  string    `json:"known_by"`
	Source   string    `json:"source"`
	Message  string    `json:"message"`
	Head     string    `json:"head"`
	Changed  []string  `json:"changed"`
}

// Recorded is one revision, whole.
type Recorded struct {
	Logged
	Changes []Changed `json:"changes"`
}

// Changed is one field that a revision changed.
type Changed struct {
	Object string  `json:"object"`
	Field  string  `json:"field"`
	Before *string `json:"before"`
	After  *string `json:"after"`
}

// SavedOf shows what a save has done.
func SavedOf(revision db.Revision) Saved {
	shape := Saved{Revision: revision.Number, Users: []string{}}
	if revision.Number > 0 {
		shape.Head, shape.SavedAt = revision.Head.String(), &revision.SavedAt
	}
	for _, change := range revision.Changes {
		shape.Users = append(shape.Users, change.Label())
	}
	return shape
}

// LoggedOf shows a revision in brief.
func LoggedOf(revision db.Revision) Logged {
	shape := Logged{
		Revision: revision.Number, SavedAt: revision.SavedAt, Operator: revision.Operator.Name,
		KnownBy: revision.Operator.KnownBy, Source: revision.Operator.Source, Message: revision.Message,
		Head: revision.Head.String(), Changed: []string{},
	}
	for _, change := range revision.Changes {
		shape.Changed = append(shape.Changed, change.Label())
	}
	return shape
}

// RecordedOf shows a revision whole.
func RecordedOf(revision db.Revision) Recorded {
	return Recorded{Logged: LoggedOf(revision), Changes: changedOf(revision.Changes)}
}
