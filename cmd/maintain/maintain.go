// Package maintain is the commands that look after the files: init, ca, backup, restore and doctor.
//
// Numbers such as D10 are requirements: see docs/requirements.md.
package maintain

import (
	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
)

// Commands are the commands of this package.
func Commands(a *app.App) []*cobra.Command {
	return []*cobra.Command{newInit(a), newCA(a), newBackup(a), newRestore(a), newDoctor(a)}
}
