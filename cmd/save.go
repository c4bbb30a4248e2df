package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
)

func newSave(a *App) *cobra.Command {
	var message string
	command := &cobra.Command{
		Use: "save [NAME|KIND:NAME…]", Short: "Make your draft live, in one transaction", Args: cobra.ArbitraryArgs,
		Long: `Make your draft live, or only that of the named users, in one transaction. From the moment this exits 0, every
request is decided by the new state. A user who was changed by somebody else since the draft began is a conflict:
then nothing is saved.`,
		Example: trimExample(`
  latchkey save -m "let ci read orders"
  latchkey save ann bob`),
		Annotations: editExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return a.save(command.Context(), args, message)
		},
	}
	command.Flags().StringVarP(&message, "message", "m", "", "the `text` the log keeps")
	return command
}

func (a *App) save(ctx context.Context, args []string, message string) error {
	labels, err := canonicalLabels(args)
	if err != nil {
		return err
	}
	if err := edits.CheckText("message", message); err != nil {
		return err
	}
	if err := a.checkOutput(wire.Saved{}); err != nil {
		return err
	}
	return a.with(ctx, true, func(database *db.DB) error {
		revision, err := database.Save(ctx, a.draft(), labels, message)
		if err != nil {
			return err
		}
		if revision.Number == 0 {
			a.story().Note("nothing is staged")
		} else {
			a.tellSaved(revision, false)
		}
		return a.printRevision(revision)
	})
}

// printRevision prints a save where a format was asked for; otherwise the story has told it.
func (a *App) printRevision(revision db.Revision) error {
	printer, err := a.printer()
	if err != nil || (printer.Format == ui.FormatDefault && printer.Field == "") {
		return err
	}
	if err := printer.Object(ui.Object{Name: fmt.Sprint(revision.Number), Value: wire.SavedOf(revision)}); err != nil {
		return fmt.Errorf("revision %d %w: %w", revision.Number, errSavedUntold, err)
	}
	return nil
}
