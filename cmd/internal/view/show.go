package view

import (
	"context"
	"errors"
	"fmt"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
)

// The permissions to look at things, with --as. Those of edits are in package perms.
var (
	Users     = perms.Permission{Resource: "users", Action: "view"}
	Tokens    = perms.Permission{Resource: "tokens", Action: "view"}
	Roles     = perms.Permission{Resource: "roles", Action: "view"}
	Resources = perms.Permission{Resource: "resources", Action: "view"}
	Revisions = perms.Permission{Resource: "revisions", Action: "view"}
)

// Permitted opens the database to look at what needs a permission, works with it and closes it.
func Permitted(ctx context.Context, a *app.App, permission perms.Permission, work func(database *db.DB) error) error {
	return a.With(ctx, false, func(database *db.DB) error {
		if err := database.Require(ctx, a.Operator(), permission); err != nil {
			return err
		}
		return work(database)
	})
}

// Objects reads the named live objects of a kind, all or none, and mentions what is staged of them.
func Objects(ctx context.Context, a *app.App, kind model.Kind, permission perms.Permission, args []string,
	work func(database *db.DB, objects []model.Object) error) error {
	names, err := app.CanonicalNames(args)
	if err != nil {
		return err
	}
	return Permitted(ctx, a, permission, func(database *db.DB) error {
		staged, err := database.Staged(ctx, a.Draft())
		if err != nil {
			return err
		}
		var objects []model.Object
		for _, name := range names {
			object, err := database.Object(ctx, kind, name)
			if err != nil {
				return StagedOnly(err, kind, name, staged)
			}
			objects = append(objects, object)
			mentionStaged(a, object, staged)
		}
		return work(database, objects)
	})
}

// StagedOnly says of an object that is not live that the operator has staged one.
func StagedOnly(err error, kind model.Kind, name string, staged []drafts.Staged) error {
	for _, draft := range staged {
		if draft.Next != nil && draft.Kind() == kind && draft.Next.Name == name && (errors.Is(err, model.ErrNoUser) || errors.Is(err, model.ErrNoRole) || errors.Is(err, model.ErrNoResource)) {
			return fmt.Errorf("%w: it is staged, not saved yet", err)
		}
	}
	return err
}

func mentionStaged(a *app.App, object model.Object, staged []drafts.Staged) {
	for _, draft := range staged {
		if draft.ID() == object.ID {
			a.Messages().Info("staged, not live: %s: %s", draft.Label(), staging.StagedInWords(wire.StagedOf(draft)))
		}
	}
}

// AccessCell shows whether a user has API access.
func AccessCell(user model.Object) ui.Cell {
	if user.Access.Enabled() {
		return ui.Cell{Text: "on", Style: ui.Good}
	}
	return ui.Cell{Text: "off", Style: ui.Dim}
}

// TokenCell shows the fingerprint of a user's token.
func TokenCell(user model.Object) ui.Cell {
	if !user.Access.Enabled() {
		return ui.Cell{}
	}
	return ui.Cell{Text: user.Access.Current.Fingerprint()}
}

// RuleCell shows a rule, coloured by its effect.
func RuleCell(text string, deny bool) ui.Cell {
	if deny {
		return ui.Cell{Text: text, Style: ui.Bad}
	}
	return ui.Cell{Text: text, Style: ui.Good}
}
