package cmd

import (
	"context"
	"fmt"

	"latchkey/cmd/internal/ui"
	"latchkey/db"
)

// verifyLog computes the chain anew and tells that it is in order; that it is not is an error.
func (a *App) verifyLog(ctx context.Context, options logOptions) error {
	switch {
	case !options.verify:
		return wrongUsef("--head needs --verify")
	case options.filter != db.LogFilter{} || options.since != "" || options.until != "":
		return wrongUsef("--verify looks at the whole log: leave out what chooses from it")
	}
	var kept *db.Head
	if options.head != "" {
		head, err := db.ParseHead(options.head)
		if err != nil {
			return wrongUse(err)
		}
		kept = &head
	}
	if err := a.checkOutput(logVerifiedShape{}); err != nil {
		return err
	}
	return a.viewing(ctx, viewRevisions, func(database *db.DB) error {
		verified, err := database.VerifyLog(ctx, kept)
		if err != nil {
			return err
		}
		return a.printVerified(shapeOfVerified(verified))
	})
}

func (a *App) printVerified(shape logVerifiedShape) error {
	printer, err := a.printer()
	if err != nil {
		return err
	}
	fields := []ui.Field{{Key: "revisions", Value: ui.Cell{Text: fmt.Sprint(shape.Revisions)}}}
	if shape.Head != "" {
		fields = append(fields, ui.Field{Key: "head", Value: ui.Cell{Text: shape.Head}})
	}
	if shape.Kept != nil {
		fields = append(fields, ui.Field{Key: "kept", Value: ui.Cell{Text: fmt.Sprint(*shape.Kept)}},
			ui.Field{Key: "since", Value: ui.Cell{Text: fmt.Sprint(*shape.Since)}})
		a.story().Note("the head that was kept is that of revision %d; since then: %d", *shape.Kept, *shape.Since)
	}
	return printer.Object(ui.Object{Fields: fields, Value: shape, Name: shape.Head})
}
