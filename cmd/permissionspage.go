package cmd

import (
	"fmt"
	"strings"

	"latchkey/perms"
)

// permissionsPage is docs/permissions.md: every permission with what it is for, from the tables that enforce it.
func permissionsPage() string {
	var page strings.Builder
	page.WriteString(`# Permissions

Made by ` + "`go generate ./...`" + ` from the tables that enforce them; ` + "`latchkey perm list`" + ` prints the same.

## The control panel

What each edit and each read takes, over HTTPS and, with ` + "`--as USER`" + `, on the command line. Beside the permission, nobody grants
what they do not hold nor edits somebody who may do more; see [the decision](decisions/0007-who-may-edit.md).
A row without edits and commands is for the control panel over HTTPS alone.

| permission | lets one | edits | commands |
| --- | --- | --- | --- |
`)
	for _, own := range perms.Panel() {
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s |\n", own.Permission, own.For, codes(own.Fields), codes(own.Commands))
	}
	page.WriteString("\nWhat each request to the API takes: [every request](resources/REQUESTS.md).\n")
	return page.String()
}

// codes lists words as code.
func codes(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = "`" + word + "`"
	}
	return strings.Join(quoted, ", ")
}
