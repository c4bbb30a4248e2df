package db

import (
	"slices"
	"time"

	"latchkey/perms"
	"latchkey/tokens"
)

// User is one user, live or as a draft would make it.
type User struct {
	ID        int64 // never used again, also not for a later user of the same name
	Name      string
	Email     string
	Note      string
	Access    tokens.Access
	Rules     perms.Rules
	CreatedAt time.Time
	ChangedAt time.Time // when the last save changed it
	Revision  int64     // the save that changed it last; 0 while it is only staged
}

// clone copies a user so that editing the copy leaves the original alone.
func (u User) clone() User {
	u.Rules = slices.Clone(u.Rules)
	return u
}

// Operator is who edits, as the record of the save will name them.
type Operator struct {
	Name    string // "os:ann" for an OS user, "user:alice" for a user of latchkey
	KnownBy string // how the name is known, such as "os user" or "SUDO_USER"
	Source  string // the door the edit came through, such as "command line"
}
