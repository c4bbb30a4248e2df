package cmd

import (
	"os"
	"os/user"
	"strconv"

	"latchkey/db"
)

// operator names who edits: the user named by --as, else the OS user. It is a claim, not a proof, and --as is a
// guard-rail, not a wall: who can write the database file can leave it out.
func (a *App) operator() db.Operator {
	operator := a.osOperator()
	if a.flags.as == "" {
		return operator
	}
	return db.ActingAs(a.flags.as, operator)
}

// osOperator is the OS user, or for root the one who called sudo.
func (a *App) osOperator() db.Operator {
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
