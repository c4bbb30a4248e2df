package model

import "latchkey/perms"

// RecordedChange is what a save, or an edit of a draft, did to one object. With a nil Before it was added, with a nil
// After removed.
type RecordedChange struct {
	ObjectID int64
	Kind     Kind
	Before   Record
	After    Record

	Embedded *perms.Catalogue // over which a resource was laid then; nil: the store
}

// Name is the object's name afterwards, or before where it was removed.
func (c RecordedChange) Name() string {
	if c.After != nil {
		return c.After.Name()
	}
	return c.Before.Name()
}

// Label names the object in messages.
func (c RecordedChange) Label() string { return Label(c.Kind, c.Name()) }

// Differences lists the fields that changed.
func (c RecordedChange) Differences() []Difference { return Compare(c.Before, c.After) }
