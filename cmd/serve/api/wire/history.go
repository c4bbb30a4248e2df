package wire

import "latchkey/db/history"

// SavedOf shows what a save has done.
func SavedOf(revision history.Revision) Saved {
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
func LoggedOf(revision history.Revision) Logged {
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
func RecordedOf(revision history.Revision) Recorded {
	return Recorded{Logged: LoggedOf(revision), Changes: changedOf(revision.Changes)}
}
