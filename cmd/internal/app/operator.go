package app

import (
	"os"
	"os/user"
	"strconv"

	"latchkey/db/drafts"
	"latchkey/db/model"
)

// Operator names who edits: the user named by --as, else the OS user. It is a claim, not a proof, and --as is a
// guard-rail, not a wall: who can write the database file can leave it out.
func (a *App) Operator() model.Operator {
	operator := a.OSOperator()
	if a.Flags.As == "" {
		return operator
	}
	return model.ActingAs(a.Flags.As, operator)
}

// OSOperator is the OS user, or for root the one who called sudo.
func (a *App) OSOperator() model.Operator {
	operator := model.Operator{KnownBy: "os user", Source: "command line"}
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

// Draft is the draft that the command works on.
func (a *App) Draft() drafts.Draft {
	return drafts.Draft{Operator: a.Operator(), Name: a.DraftName()}
}
