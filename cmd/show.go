package cmd

import (
	"context"
	"errors"
	"fmt"

	"latchkey/cmd/internal/ui"
	"latchkey/db"
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

// withUsers reads the named live users, all or none, and mentions what is staged of them.
func (a *App) withUsers(ctx context.Context, args []string, work func(users []db.User) error) error {
	names, err := canonicalNames(args)
	if err != nil {
		return err
	}
	return a.with(ctx, false, func(database *db.DB) error {
		staged, err := database.Staged(ctx, a.draft())
		if err != nil {
			return err
		}
		var users []db.User
		for _, name := range names {
			user, err := database.User(ctx, name)
			if err != nil {
				return stagedOnly(err, name, staged)
			}
			users = append(users, user)
			a.mentionStaged(user, staged)
		}
		return work(users)
	})
}

// stagedOnly says of a user who is not live that the operator has staged one.
func stagedOnly(err error, name string, staged []db.Staged) error {
	for _, draft := range staged {
		if errors.Is(err, db.ErrNoUser) && draft.Next != nil && draft.Next.Name == name {
			return fmt.Errorf("%w: it is staged, not saved yet", err)
		}
	}
	return err
}

func (a *App) mentionStaged(user db.User, staged []db.Staged) {
	for _, draft := range staged {
		if draft.ID() == user.ID {
			a.story().Note("staged, not live: %s: %s", user.Name, inWords(draft.Change()))
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

func accessCell(user db.User) ui.Cell {
	if user.Access.Enabled() {
		return ui.Cell{Text: "on", Style: ui.Good}
	}
	return ui.Cell{Text: "off", Style: ui.Dim}
}

func tokenCell(user db.User) ui.Cell {
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
