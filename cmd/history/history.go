// Package history is the commands about what was saved: the log, one revision, and its inverse.
package history

import (
	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
)

// Commands are the commands of this package.
func Commands(a *app.App) []*cobra.Command {
	return []*cobra.Command{newLog(a), newShow(a), newRollback(a)}
}
