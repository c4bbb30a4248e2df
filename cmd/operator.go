package cmd

import (
	"os"
	"os/user"
	"strconv"

	"latchkey/db"
)

// operator names who edits: the OS user, or for root the one who called sudo. It is a claim, not a proof: who can
// write the database file can say anything.
func (a *App) operator() db.Operator {
	operator := db.Operator{KnownBy: "os user", Source: "command line"}
	if name := a.Getenv("SUDO_USER"); name != "" && os.Geteuid() == 0 {
		operator.Name, operator.KnownBy = "os:"+name, "SUDO_USER"
		return operator
	}
	id := strconv.Itoa(os.Geteuid())
	if account, err := user.LookupId(id); err == nil {
		operator.Name = "os:" + account.Username
	} else {
		operator.Name = "os:" + id // a container may have no name for it
	}
	return operator
}

// draft is the draft that the command works on.
func (a *App) draft() db.Draft {
	name := a.flags.draft
	if name == "" {
		name = a.Getenv("LATCHKEY_DRAFT")
	}
	return db.Draft{Operator: a.operator(), Name: name}
}
