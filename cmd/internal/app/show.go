package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
)

// printObjects prints one record as an object; several as a list, or below each other for people.
func (a *App) PrintObjects(objects []ui.Object) error {
	printer, err := a.Printer()
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
	ViewUsers     = perms.Permission{Resource: "users", Action: "view"}
	ViewTokens    = perms.Permission{Resource: "tokens", Action: "view"}
	ViewRoles     = perms.Permission{Resource: "roles", Action: "view"}
	ViewResources = perms.Permission{Resource: "resources", Action: "view"}
	ViewRevisions = perms.Permission{Resource: "revisions", Action: "view"}
)

// viewing opens the database to look at what needs a permission, works with it and closes it.
func (a *App) Viewing(ctx context.Context, permission perms.Permission, work func(database *db.DB) error) error {
	return a.With(ctx, false, func(database *db.DB) error {
		if err := database.Require(ctx, a.Operator(), permission); err != nil {
			return err
		}
		return work(database)
	})
}

// withObjects reads the named live objects of a kind, all or none, and mentions what is staged of them.
func (a *App) WithObjects(ctx context.Context, kind model.Kind, permission perms.Permission, args []string,
	work func(database *db.DB, objects []model.Object) error) error {
	names, err := CanonicalNames(args)
	if err != nil {
		return err
	}
	return a.Viewing(ctx, permission, func(database *db.DB) error {
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
			a.mentionStaged(object, staged)
		}
		return work(database, objects)
	})
}

// withUsers is withObjects for users, where nothing else is asked of the database.
func (a *App) WithUsers(ctx context.Context, permission perms.Permission, args []string, work func(users []model.Object) error) error {
	return a.WithObjects(ctx, model.KindUser, permission, args, func(_ *db.DB, users []model.Object) error { return work(users) })
}

// stagedOnly says of an object that is not live that the operator has staged one.
func StagedOnly(err error, kind model.Kind, name string, staged []db.Staged) error {
	for _, draft := range staged {
		if draft.Next != nil && draft.Kind() == kind && draft.Next.Name == name && (errors.Is(err, model.ErrNoUser) || errors.Is(err, model.ErrNoRole) || errors.Is(err, model.ErrNoResource)) {
			return fmt.Errorf("%w: it is staged, not saved yet", err)
		}
	}
	return err
}

func (a *App) mentionStaged(object model.Object, staged []db.Staged) {
	for _, draft := range staged {
		if draft.ID() == object.ID {
			a.Story().Note("staged, not live: %s: %s", draft.Label(), StagedInWords(wire.StagedOf(draft)))
		}
	}
}

// printList prints a list; a person who sees an empty one is told so.
func (a *App) PrintList(list ui.List, empty string) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	if len(list.Names) == 0 {
		a.Story().Note("%s", empty)
	}
	return printer.List(list)
}

func AccessCell(user model.Object) ui.Cell {
	if user.Access.Enabled() {
		return ui.Cell{Text: "on", Style: ui.Good}
	}
	return ui.Cell{Text: "off", Style: ui.Dim}
}

func TokenCell(user model.Object) ui.Cell {
	if !user.Access.Enabled() {
		return ui.Cell{}
	}
	return ui.Cell{Text: user.Access.Current.Fingerprint()}
}

func RuleCell(text string, deny bool) ui.Cell {
	if deny {
		return ui.Cell{Text: text, Style: ui.Bad}
	}
	return ui.Cell{Text: text, Style: ui.Good}
}

// printRevision prints a save where a format was asked for; otherwise the story has told it.
func (a *App) PrintRevision(revision db.Revision) error {
	printer, err := a.Printer()
	if err != nil || (printer.Format == ui.FormatDefault && printer.Field == "") {
		return err
	}
	if err := printer.Object(ui.Object{Name: fmt.Sprint(revision.Number), Value: wire.SavedOf(revision)}); err != nil {
		return fmt.Errorf("revision %d %w: %w", revision.Number, ErrSavedUntold, err)
	}
	return nil
}

// stagedInWords names what is staged of one object; the values are for `diff` to show.
func StagedInWords(staged wire.Staged) string {
	if staged.Action == "remove" {
		return "remove"
	}
	fields := slices.DeleteFunc(slices.Clone(staged.Fields), func(field string) bool { return staged.Action == "add" && field == "name" })
	if staged.Action == "add" {
		fields = append([]string{"add"}, fields...)
	}
	return strings.Join(fields, ", ")
}
