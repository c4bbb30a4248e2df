package data

import (
	"fmt"
	"strings"
)

// PathBeside is where the data file of a user database stands: latchkey-data.db beside latchkey.db.
func PathBeside(database string) string { return strings.TrimSuffix(database, ".db") + "-data.db" }

// RefuseOrphan returns [ErrOrphan] where the data file of a database stands that is to be made. It numbers the users of another
// one: what they wrote, and when their tokens were used, would be said of new users.
func RefuseOrphan(database string) error {
	path := PathBeside(database)
	there, err := Exists(path)
	if err == nil && there {
		err = fmt.Errorf("%w: %s is there, and %s is not", ErrOrphan, path, database)
	}
	return err
}
