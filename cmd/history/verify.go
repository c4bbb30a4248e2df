package history

import (
	"context"
	"fmt"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
)

// verifyLog computes the chain anew and prints that it is in order; that it is not is an error.
func verifyLog(ctx context.Context, a *app.App, options logOptions) error {
	switch {
	case !options.verify:
		return app.WrongUsef("--head needs --verify")
	case options.filter != panel.LogFilter{} || options.since != "" || options.until != "":
		return app.WrongUsef("--verify looks at the whole log: leave out what chooses from it")
	}
	if err := a.CheckOutput(panel.VerifiedLog{}); err != nil {
		return err
	}
	return a.Panel(ctx, false, func(p panel.Panel) error {
		verified, err := p.VerifyLog(ctx, options.head)
		if err != nil {
			return err
		}
		return printVerified(a, verified)
	})
}

func printVerified(a *app.App, shape panel.VerifiedLog) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	revisions := "revisions"
	if shape.Revisions == 1 {
		revisions = "revision"
	}
	a.Messages().Done("ok: %d %s, chain whole", shape.Revisions, revisions)
	var fields []ui.Field
	if !printer.Terminal { // people have read it
		fields = append(fields, ui.Field{Key: "revisions", Value: ui.Cell{Text: fmt.Sprint(shape.Revisions)}})
	}
	if shape.Head != "" {
		fields = append(fields, ui.Field{Key: "head", Value: view.Head(shape.Head)})
	}
	if shape.Kept != nil {
		fields = append(fields, ui.Field{Key: "kept", Value: ui.Cell{Text: fmt.Sprint(*shape.Kept)}},
			ui.Field{Key: "since", Value: ui.Cell{Text: fmt.Sprint(*shape.Since)}})
		a.Messages().Info("the head that was kept is that of revision %d; since then: %d", *shape.Kept, *shape.Since)
	}
	return printer.Object(ui.Object{Fields: fields, Value: shape, Name: shape.Head})
}
