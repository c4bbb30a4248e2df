package app

import (
	"os"
	"os/user"
	"strconv"

	"latchkey/cmd/panel"
)

// claims are the variables that say who edits, the first that is not empty: people who share an account are not to share a
// draft. Whoever has the account can set them, and can write the database file: locally a name is a claim, not a proof. So a
// record names the account as well (R5).
var claims = []string{"LATCHKEY_OPERATOR", "SUDO_USER", "DOAS_USER"}

// Claims are the variables that say who edits, in the order in which they count.
func Claims() []string { return claims }

// Operator is who is claimed to edit, else the account that latchkey runs as; and the user named by --as.
func (a *App) Operator() panel.Operator {
	name, variable := a.Claim()
	account := accountName()
	if variable == "" {
		name, variable = account, "os user"
	}
	return panel.Operator{Name: "os:" + name, KnownBy: variable + ", account " + account, As: a.Flags.As}
}

// Claim finds the variable that says who edits; "" for none.
func (a *App) Claim() (name, variable string) {
	for _, variable := range claims {
		if name := a.Getenv(variable); name != "" {
			return name, variable
		}
	}
	return "", ""
}

// accountName is the name of the account that latchkey runs as, or its number: a container may have no name for it.
func accountName() string {
	id := strconv.Itoa(os.Geteuid())
	if account, err := user.LookupId(id); err == nil {
		return account.Username
	}
	return id
}
