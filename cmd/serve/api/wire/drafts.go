package wire

import (
	"latchkey/db/drafts"
	"latchkey/db/history"
)

// StagedOf shows what is staged of one object, without its values.
func StagedOf(staged drafts.Staged) Staged {
	_, conflict := staged.Conflict()
	shape := Staged{Object: staged.Label(), Action: actionOf(staged), Fields: []string{}, Conflict: conflict, StagedAt: staged.StagedAt}
	for _, difference := range staged.Change().AsServed().Differences() {
		shape.Fields = append(shape.Fields, difference.Field)
	}
	return shape
}

func actionOf(staged drafts.Staged) string {
	switch change := staged.Change().AsServed(); {
	case change.Before == nil:
		return "add"
	case change.After == nil:
		return "remove"
	}
	return "change"
}

// DifferencesOf shows what is staged of one object against the live state, field by field.
func DifferencesOf(staged drafts.Staged) []Difference {
	_, conflict := staged.Conflict()
	var shapes []Difference
	for _, difference := range staged.DifferencesToLive() {
		shapes = append(shapes, Difference{Object: staged.Label(), Field: difference.Field,
			Before: orNull(difference.Before), After: orNull(difference.After), Conflict: conflict})
	}
	return shapes
}

// DraftOf shows a draft.
func DraftOf(draft drafts.Draft, list []drafts.Staged, head history.Revision) Draft {
	shape := Draft{Operator: draft.Operator.Name, Draft: draft.Name, Revision: head.Number, Staged: []Staged{}}
	if head.Number > 0 {
		shape.Head = head.Head.String()
	}
	for _, staged := range list {
		shape.Staged = append(shape.Staged, StagedOf(staged))
	}
	return shape
}
