package local

import (
	"fmt"
	"strings"

	"latchkey/db"
)

// mostAdmitted is how many users are named who may use a resource from the start.
const mostAdmitted = 20

// admittedInWords names who may use a resource that was just added, and by which rules; "" for nobody. An error is put in
// words too: the resource was added all the same.
func admittedInWords(resource string, admitted db.Admitted, err error) string {
	switch {
	case err != nil:
		return fmt.Sprintf("who may use %s from the start was not found out: %v", resource, err)
	case len(admitted.Users) == 0:
		return ""
	}
	var users []string
	for _, user := range admitted.Users {
		users = append(users, fmt.Sprintf("%s by %s", user.Name, user.By))
	}
	if admitted.More {
		users = append(users, "and others")
	}
	return fmt.Sprintf("rules that are there already give access to %s: %s", resource, strings.Join(users, ", "))
}
