package cmd

import (
	"context"
	"errors"
	"fmt"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/perms"
)

// printObjects prints one record as an object; several as a list, or below each other for people.
func (a *App) printObjects(objects []ui.Object) error {
	printer, err := a.printer()
	if err != nil {
		return err
	}
	if len(objects) == 1 || (printer.Format == "" && printer.Field == "") {
		for _, object := range objects {
			err = errors.Join(err, printer.Object(object))
		}
		return err
	}
	var list ui.List
	for _, object := range objects {
		list.Names = append(list.Names, object.Name)
		list.Values = append(list.Values, object.Value)
	}
	return printer.List(list)
}

// What one must be permitted to look at things, with --as. The edits' permissions are in package perms.
var (
	viewUsers     = perms.Permission{Resource: "users", Action: "view"}
	viewTokens    = perms.Permission{Resource: "tokens", Action: "view"}
	viewRoles     = perms.Permission{Resource: "roles", Action: "view"}
	viewResources = perms.Permission{Resource: "resources", Action: "view"}
	viewRevisions = perms.Permission{Resource: "revisions", Action: "view"}
)

// viewing opens the database to look at what needs a permission, works with it and closes it.
func (a *App) viewing(ctx context.Context, permission perms.Permission, work func(database *db.DB) error) error {
	return a.with(ctx, false, func(database *db.DB) error {
		if err := database.Require(ctx, a.operator(), permission); err != nil {
			return err
		}
		return work(database)
	})
}

// withObjects reads the named live objects of a kind, all or none, and mentions what is staged of them.
func (a *App) withObjects(ctx context.Context, kind db.Kind, permission perms.Permission, args []string,
	work func(database *db.DB, objects []db.Object) error) error {
	names, err := canonicalNames(args)
	if err != nil {
		return err
	}
	return a.viewing(ctx, permission, func(database *db.DB) error {
		staged, err := database.Staged(ctx, a.draft())
		if err != nil {
			return err
		}
		var objects []db.Object
		for _, name := range names {
			object, err := database.Object(ctx, kind, name)
			if err != nil {
				return stagedOnly(err, kind, name, staged)
			}
			objects = append(objects, object)
			a.mentionStaged(object, staged)
		}
		return work(database, objects)
	})
}

// withUsers is withObjects for users, where nothing else is asked of the database.
func (a *App) withUsers(ctx context.Context, permission perms.Permission, args []string, work func(users []db.Object) error) error {
	return a.withObjects(ctx, db.KindUser, permission, args, func(_ *db.DB, users []db.Object) error { return work(users) })
}

// stagedOnly says of an object that is not live that the operator has staged one.
func stagedOnly(err error, kind db.Kind, name string, staged []db.Staged) error {
	for _, draft := range staged {
		if draft.Next != nil && draft.Kind() == kind && draft.Next.Name == name && (errors.Is(err, db.ErrNoUser) || errors.Is(err, db.ErrNoRole) || errors.Is(err, db.ErrNoResource)) {
			return fmt.Errorf("%w: it is staged, not saved yet", err)
		}
	}
	return err
}

func (a *App) mentionStaged(object db.Object, staged []db.Staged) {
	for _, draft := range staged {
		if draft.ID() == object.ID {
			a.story().Note("staged, not live: %s: %s", draft.Label(), stagedInWords(wire.StagedOf(draft)))
		}
	}
}

// printList prints a list; a person who sees an empty one is told so.
func (a *App) printList(list ui.List, empty string) error {
	printer, err := a.printer()
	if err != nil {
		return err
	}
	if len(list.Names) == 0 {
		a.story().Note("%s", empty)
	}
	return printer.List(list)
}

func accessCell(user db.Object) ui.Cell {
	if user.Access.Enabled() {
		return ui.Cell{Text: "on", Style: ui.Good}
	}
	return ui.Cell{Text: "off", Style: ui.Dim}
}

func tokenCell(user db.Object) ui.Cell {
	if !user.Access.Enabled() {
		return ui.Cell{}
	}
	return ui.Cell{Text: user.Access.Current.Fingerprint()}
}

func ruleCell(text string, deny bool) ui.Cell {
	if deny {
		return ui.Cell{Text: text, Style: ui.Bad}
	}
	return ui.Cell{Text: text, Style: ui.Good}
}
