// Package query is the commands that answer what may be done: can asks about one user, who about all.
package query

import (
	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
)

// Commands are the commands of this package.
func Commands(a *app.App) []*cobra.Command {
	return []*cobra.Command{newCan(a), newWho(a)}
}
