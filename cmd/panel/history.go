package panel

import "time"

// Saved is what a save has done.
type Saved struct {
	Revision int64      `json:"revision"` // 0: nothing was saved, and Users is what would have been
	Head     string     `json:"head"`
	SavedAt  *time.Time `json:"saved_at"`
	Users    []string   `json:"users"`
}

// Logged is one revision, in brief.
type Logged struct {
	Revision int64     `json:"revision"`
	SavedAt  time.Time `json:"saved_at"`
	Operator string    `json:"operator"`
	KnownBy  string    `json:"known_by"`
	Source   string    `json:"source"`
	Message  string    `json:"message"`
	Head     string    `json:"head"`
	Changed  []string  `json:"changed"`
}

// Recorded is one revision, whole.
type Recorded struct {
	Logged
	Changes []Changed `json:"changes"`
}

// Changed is one field that a revision changed.
type Changed struct {
	Object string  `json:"object"`
	Field  string  `json:"field"`
	Before *string `json:"before"`
	After  *string `json:"after"`
}

// Values are those before and after; "" where the field is not set.
func (c Changed) Values() (before, after string) {
	if c.Before != nil {
		before = *c.Before
	}
	if c.After != nil {
		after = *c.After
	}
	return before, after
}
