package history

import (
	"latchkey/db/model"
)

// Inverse picks the fields to be taken back, each with its value now and the one it goes back to, and names those that
// are no longer what the revision made them. A field that has its old value already is neither. Access that was on does
// not come back whatever it is now, so nothing stands against that.
func Inverse(present model.Record, done model.RecordedChange) (back []model.Difference, moved []string) {
	if done.Before == nil { // all of it goes, so all of it must be as it was made
		for _, field := range model.Compare(present, done.After) {
			moved = append(moved, field.Field)
		}
		return nil, moved
	}
	for _, field := range done.Differences() {
		value := present.Value(field.Field)
		switch {
		case value == field.Before:
		case value == field.After, field.Field == model.FieldAccess && field.Before != model.AccessOff:
			back = append(back, model.Difference{Field: field.Field, Before: value, After: field.Before})
		default:
			moved = append(moved, field.Field)
		}
	}
	return back, moved
}
