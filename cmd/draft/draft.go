// Package draft is the commands about the draft of an operator: looking at it, saving it, giving it up.
package draft

import (
	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
)

// Commands are the commands of this package.
func Commands(a *app.App) []*cobra.Command {
	return []*cobra.Command{newStatus(a), newDiff(a), newSave(a), newDiscard(a), newRebase(a)}
}
