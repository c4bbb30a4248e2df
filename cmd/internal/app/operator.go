package app

import (
	"os"
	"os/user"
	"strconv"
	"strings"
	"unicode"

	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
)

// claims are the variables that say who edits, the first that is not empty: people who share an account are not to share a
// draft. Whoever has the account can set them, and can write the database file: locally a name is a claim, not a proof. So a
// record names the account as well (R5).
var claims = []string{"LATCHKEY_OPERATOR", "SUDO_USER", "DOAS_USER"}

// Operator names who edits: the user named by --as, else the OS user. It is a claim, not a proof, and --as is a
// guard-rail, not a wall: who can write the database file can leave it out.
func (a *App) Operator() model.Operator {
	operator := a.OSOperator()
	if a.Flags.As == "" {
		return operator
	}
	return model.ActingAs(a.Flags.As, operator)
}

// OSOperator is who is claimed to edit, else the account that latchkey runs as.
func (a *App) OSOperator() model.Operator {
	name, variable := a.claim()
	account := accountName()
	if variable == "" {
		name, variable = account, "os user"
	}
	return model.Operator{Name: "os:" + name, KnownBy: variable + ", account " + account, Source: "command line"}
}

// claim finds the variable that says who edits; "" for none.
func (a *App) claim() (name, variable string) {
	for _, variable := range claims {
		if name := a.Getenv(variable); name != "" {
			return name, variable
		}
	}
	return "", ""
}

// CheckClaim refuses a claim that could not be shown in one line.
func (a *App) CheckClaim() error {
	name, variable := a.claim()
	if strings.ContainsFunc(name, unicode.IsControl) || strings.TrimSpace(name) != name {
		return WrongUsef("%s is no name: it has control characters, or begins or ends with a blank", variable)
	}
	return edits.CheckText("name in "+variable, name)
}

// accountName is the name of the account that latchkey runs as, or its number: a container may have no name for it.
func accountName() string {
	id := strconv.Itoa(os.Geteuid())
	if account, err := user.LookupId(id); err == nil {
		return account.Username
	}
	return id
}

// Draft is the draft that the command works on.
func (a *App) Draft() drafts.Draft {
	return drafts.Draft{Operator: a.Operator(), Name: a.DraftName()}
}
