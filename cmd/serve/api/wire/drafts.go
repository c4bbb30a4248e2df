package wire

import (
	"time"

	"latchkey/cmd/panel"
	"latchkey/db/drafts"
	"latchkey/db/history"
	"latchkey/perms/verifiedtime"
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
func DraftOf(draft drafts.Draft, list []drafts.Staged, head history.Revision, behind *panel.ClockBehind) Draft {
	shape := Draft{Operator: draft.Operator.Name, Draft: draft.Name, Revision: head.Number, Staged: []Staged{}, ClockBehind: behind}
	if head.Number > 0 {
		shape.Head = head.Head.String()
	}
	for _, staged := range list {
		shape.Staged = append(shape.Staged, StagedOf(staged))
	}
	return shape
}

// ClockBehindOf says that a clock is behind; nil where it is not.
func ClockBehindOf(now verifiedtime.Time, clock time.Time) *panel.ClockBehind {
	if !now.Behind() {
		return nil
	}
	return &panel.ClockBehind{Shows: clock.UTC().Truncate(time.Second), Passed: now.At().UTC().Truncate(time.Second)}
}
