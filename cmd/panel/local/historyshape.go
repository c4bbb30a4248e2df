package local

import (
	"latchkey/cmd/panel"
	"latchkey/db/history"
)

// savedOf shows what a save has done.
func savedOf(revision history.Revision) panel.Saved {
	shape := panel.Saved{Revision: revision.Number, Users: []string{}}
	if revision.Number > 0 {
		shape.Head, shape.SavedAt = revision.Head.String(), &revision.SavedAt
	}
	for _, change := range revision.Changes {
		shape.Users = append(shape.Users, change.Label())
	}
	return shape
}

// loggedOf shows a revision in brief.
func loggedOf(revision history.Revision) panel.Logged {
	shape := panel.Logged{
		Revision: revision.Number, SavedAt: revision.SavedAt, Operator: revision.Operator.Name,
		KnownBy: revision.Operator.KnownBy, Source: revision.Operator.Source, Message: revision.Message,
		Head: revision.Head.String(), Changed: []string{},
	}
	for _, change := range revision.Changes {
		shape.Changed = append(shape.Changed, change.Label())
	}
	return shape
}

// recordedOf shows a revision whole.
func recordedOf(revision history.Revision) panel.Recorded {
	return panel.Recorded{Logged: loggedOf(revision), Changes: changedOf(revision.Changes)}
}
