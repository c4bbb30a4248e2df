package wire

import (
	"latchkey/db/history"
	"latchkey/db/model"
)

// EditedInDraft shows an edit that was staged.
func EditedInDraft(changes []model.RecordedChange) Edited {
	return Edited{Staged: len(changes) > 0, Changes: changedOf(changes), Warnings: []string{}}
}

// EditedBySave shows an edit that was saved; the zero Revision is one that changed nothing.
func EditedBySave(revision history.Revision) Edited {
	edited := Edited{Changes: changedOf(revision.Changes), Warnings: []string{}}
	if revision.Number > 0 {
		saved := SavedOf(revision)
		edited.Saved = &saved
	}
	return edited
}

// changedOf shows changes field by field, those of resources as they show in the catalogue: the first edit of an embedded
// one has changed what it has changed, and has added nothing.
func changedOf(changes []model.RecordedChange) []Changed {
	shapes := []Changed{}
	for _, change := range changes {
		for _, difference := range change.AsServed().Differences() {
			shapes = append(shapes, Changed{Object: change.Label(), Field: difference.Field,
				Before: orNull(difference.Before), After: orNull(difference.After)})
		}
	}
	return shapes
}
