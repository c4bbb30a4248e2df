package cmd

import (
	"context"
	"errors"
	"io"
	"strings"
	"unicode"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel"
	"latchkey/cmd/panel/local"
	"latchkey/db"
	"latchkey/db/edits"
)

// openPanel opens the control panel on the database that the flags name.
func openPanel(ctx context.Context, a *app.App, toEdit bool) (panel.Panel, io.Closer, error) {
	path, _, err := a.DatabasePath()
	if err != nil {
		return nil, nil, err
	}
	return local.Files{Path: path, Operator: a.Operator(), Clock: a.Clock, Warn: a.Messages().Warn}.Panel(ctx, toEdit)
}

// checkNames refuses names of operators and drafts that could not be stored and shown.
func checkNames(a *app.App) error {
	name, variable := a.Claim()
	if strings.ContainsFunc(name, unicode.IsControl) || strings.TrimSpace(name) != name {
		return app.WrongUsef("%s is no name: it has control characters, or begins or ends with a blank", variable)
	}
	return errors.Join(edits.CheckText("name in "+variable, name), edits.CheckText("name of the draft", a.DraftName()))
}

// schemaVersion is that of the databases of this release.
func schemaVersion() int { return db.SchemaVersion() }
