package drafts

import (
	"crypto/sha256"
	"fmt"
	"time"

	"latchkey/db/model"
	"latchkey/perms"
)

// Staged is the draft of one object: what it began from and what a save would make of it.
type Staged struct {
	Base     *model.Object // the live object when the draft began; nil: the draft adds it
	Next     *model.Object // nil: the draft removes it
	Began    int64         // revision of Base; 0: the draft adds the object
	Live     int64         // revision of the object now; 0: there is none
	StagedAt time.Time
	Under    map[string]string // by field, "" being the removal: the fingerprint of the token that was shown to stage it over HTTPS

	Embedded *perms.Catalogue // over which a resource is laid; nil: the store

	Damaged error // set: it cannot be read; Base and Next are the live object as far as its name, both of them

	Against []model.FieldMove  // by [db.View.Staged]: what saves have changed since the draft began
	Current model.Record       // by [db.View.Staged]: the live object where it has moved since
	Blocked string             // by [db.View.Staged]: what else stands against a save, such as a name taken meanwhile
	Ended   []model.EndedToken // by [db.View.Staged]: what was staged under a token that is not accepted any more
	Hidden  bool               // by [db.View.Staged]: the operator may not view the live object; Blocked says only that it has moved
}

// Object is the next state, or the base where the draft removes it; nil where nothing is left of the draft.
func (s Staged) Object() *model.Object {
	if s.Next != nil {
		return s.Next
	}
	return s.Base
}

// ID is the number of the staged object.
func (s Staged) ID() int64 { return s.Object().ID }

// Kind is what kind of object is staged.
func (s Staged) Kind() model.Kind { return s.Object().Kind }

// Name is the object's name after the save, or before it where the draft removes the object.
func (s Staged) Name() string { return s.Object().Name }

// Label names the object in messages and to [db.DB.Save].
func (s Staged) Label() string { return model.Label(s.Kind(), s.Name()) }

// Onto is another state of the object with the staged fields carried onto it.
func (s Staged) Onto(state *model.Object) *model.Object {
	next := state.Clone()
	for _, difference := range s.Differences() {
		model.Carry(difference.Field, s.Next, next)
	}
	return next
}

// Conflict tells what stands against a save, if anything does.
func (s Staged) Conflict() (conflict model.Conflict, found bool) {
	return model.Conflict{Name: s.Label(), Fields: s.Against, Reason: s.Blocked}, s.Stale() || s.Blocked != ""
}

// Stale tells whether the live object has moved since the draft began: a save would be a conflict.
func (s Staged) Stale() bool { return s.Began != s.Live }

// Change is what a save would do to the object.
func (s Staged) Change() model.RecordedChange {
	change := model.Update{Before: s.Base, After: s.Next}.Record()
	change.Embedded = s.Embedded
	return change
}

// Differences lists the staged fields.
func (s Staged) Differences() []model.Difference { return s.Change().Differences() }

// DifferencesToLive lists the staged fields against the live state, where that has moved and may be shown. A staged resource
// is compared with what is served in its place otherwise.
func (s Staged) DifferencesToLive() []model.Difference {
	if !s.Stale() || s.Hidden {
		return s.Change().AsServed().Differences()
	}
	list := s.Differences()
	for i := range list {
		list[i].Before = s.Current.Value(list[i].Field)
	}
	return list
}

// Matches tells whether the name is one the operator would use for this draft.
func (s Staged) Matches(kind model.Kind, name string) bool {
	return s.Kind() == kind && (s.Name() == name || (s.Base != nil && s.Base.Name == name))
}

// Version names the state of a staged object, as [model.Object.Version] does that of a live one.
func (s Staged) Version() (string, error) {
	next, err := model.EncodeObject(s.Next)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Append(nil, next))
	return fmt.Sprintf("r%d-%x", s.Began, sum[:16]), nil
}
