package data

import "strings"

// PathBeside is where the data file of a user database stands: latchkey-data.db beside latchkey.db.
func PathBeside(database string) string { return strings.TrimSuffix(database, ".db") + "-data.db" }
