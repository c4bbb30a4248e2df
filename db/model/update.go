package model

// Update is one object on its way from one live state to the next. With a nil Before it is added, with a nil After removed.
type Update struct {
	Before, After *Object
}

// Object is the next state, or the live one where the update removes it.
func (u Update) Object() *Object {
	if u.After != nil {
		return u.After
	}
	return u.Before
}

// Record is the update as the log keeps it.
func (u Update) Record() RecordedChange {
	return RecordedChange{ObjectID: u.Object().ID, Kind: u.Object().Kind, Before: u.Before.Record(), After: u.After.Record()}
}
