package local

import (
	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/history"
	"latchkey/db/model"
)

// editedOf shows an edit that was staged or saved.
func editedOf(done db.Edited) panel.Edited {
	edited := EditedBySave(done.Revision)
	edited.Staged, edited.Changes = len(done.Changes) > 0 && done.Revision.Number == 0, changedOf(done.Changes)
	edited.Warnings = append(edited.Warnings, done.Warnings...)
	for _, change := range done.Changes {
		if change.Kind == model.KindResource && change.After.Hides() {
			edited.Hidden = append(edited.Hidden, change.Name())
		}
	}
	return edited
}

// EditedBySave shows an edit that was saved; the zero Revision is one that changed nothing.
func EditedBySave(revision history.Revision) panel.Edited {
	edited := panel.Edited{Changes: changedOf(revision.Changes), Warnings: []string{}, Hidden: []string{}}
	if revision.Number > 0 {
		saved := savedOf(revision)
		edited.Saved = &saved
	}
	return edited
}

// EditedByTrial shows a save that was only tried.
func EditedByTrial(revision history.Revision) panel.Edited {
	edited := EditedBySave(revision)
	if edited.Saved != nil {
		edited.Saved = &panel.Saved{Users: edited.Saved.Users}
	}
	return edited
}

// changedOf shows changes field by field, those of resources as they show in the catalogue: the first edit of an embedded
// one has changed what it has changed, and has added nothing.
func changedOf(changes []model.RecordedChange) []panel.Changed {
	shapes := []panel.Changed{}
	for _, change := range changes {
		for _, difference := range change.AsServed().Differences() {
			shapes = append(shapes, changedField(change.Label(), difference))
		}
	}
	return shapes
}

func changedField(label string, difference model.Difference) panel.Changed {
	return panel.Changed{Object: label, Field: difference.Field, Before: orNull(difference.Before), After: orNull(difference.After)}
}
