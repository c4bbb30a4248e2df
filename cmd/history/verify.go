package history

import (
	"context"
	"fmt"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/db"
	"latchkey/db/history"
	"latchkey/db/model"
)

// verifyLog computes the chain anew and prints that it is in order; that it is not is an error.
func verifyLog(ctx context.Context, a *app.App, options logOptions) error {
	switch {
	case !options.verify:
		return app.WrongUsef("--head needs --verify")
	case options.filter != history.Filter{} || options.since != "" || options.until != "":
		return app.WrongUsef("--verify looks at the whole log: leave out what chooses from it")
	}
	var kept *model.Head
	if options.head != "" {
		head, err := model.ParseHead(options.head)
		if err != nil {
			return app.WrongUse(err)
		}
		kept = &head
	}
	if err := a.CheckOutput(LogVerifiedShape{}); err != nil {
		return err
	}
	return view.Permitted(ctx, a, view.Revisions, func(database *db.DB) error {
		verified, err := database.History().Verify(ctx, kept)
		if err != nil {
			return err
		}
		return printVerified(a, shapeOf(verified))
	})
}

func printVerified(a *app.App, shape LogVerifiedShape) error {
	printer, err := a.Printer()
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
		a.Messages().Info("the head that was kept is that of revision %d; since then: %d", *shape.Kept, *shape.Since)
	}
	return printer.Object(ui.Object{Fields: fields, Value: shape, Name: shape.Head})
}

// LogVerifiedShape is what `log --verify` found in order: a contract, docs/json.md.
type LogVerifiedShape struct {
	Revisions int64  `json:"revisions"`
	Head      string `json:"head"` // of the newest; empty: there is none
	Kept      *int64 `json:"kept"` // the revision whose head was given; null: none was
	Since     *int64 `json:"since"`
}

func shapeOf(verified history.Verified) LogVerifiedShape {
	shape := LogVerifiedShape{Revisions: verified.Revisions}
	if verified.Revisions > 0 {
		shape.Head = verified.Head.String()
	}
	if verified.Kept > 0 {
		since := verified.Revisions - verified.Kept
		shape.Kept, shape.Since = &verified.Kept, &since
	}
	return shape
}
