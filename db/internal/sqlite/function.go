package sqlite

import (
	"database/sql/driver"

	"modernc.org/sqlite"
)

// RegisterTextFunction gives queries a function of one text: it is NULL of whatever is no text, else what of makes of it.
// of must always make the same of the same text and be safe for concurrent use. Connections that are open already do not
// have it, and opening one reads the list without a lock: register while the package is initialized, and each name once, as
// SQLite's driver is one for the whole process.
func RegisterTextFunction(name string, of func(text string) driver.Value) error {
	return sqlite.RegisterDeterministicScalarFunction(name, 1,
		func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			text, isText := args[0].(string)
			if !isText {
				return nil, nil //nolint:nilnil // SQL's NULL
			}
			return of(text), nil
		})
}
