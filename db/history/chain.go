package history

import (
	"crypto/sha256"

	"latchkey/db/model"
)

// seal computes the head of the revision from everything that is stored of it and the head before it (R1).
func (r *loggedRevision) seal(previous model.Head) model.Head {
	sum := sha256.New()
	text := model.AppendNumber(previous[:], r.Number)
	text = model.AppendNumber(text, r.savedAt)
	text = model.AppendText(text, r.Operator.Name, r.Operator.KnownBy, r.Operator.Source, r.Message)
	sum.Write(model.AppendNumber(text, int64(len(r.changes))))
	for _, change := range r.changes {
		text = model.AppendNumber(text[:0], change.id)
		text = model.AppendText(text, change.kind, change.before.String, change.after.String)
		sum.Write(text)
	}
	return model.Head(sum.Sum(nil))
}
