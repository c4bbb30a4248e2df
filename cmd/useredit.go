package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"latchkey/db"
)

// userFields are what `user edit` sets; nil: it stays as it is.
type userFields struct{ name, email, note *string }

func newUserEdit(a *App) *cobra.Command {
	var options editOptions
	var name, email, note string
	command := &cobra.Command{
		Use: "edit NAME…", SuggestFor: []string{"change", "set", "modify"}, Short: "Stage another name, e-mail address or note of users",
		Args: atLeast(1, "a username"),
		Long: "Stage another name, e-mail address or note of users; what no flag names stays, and an empty text clears. Token, rules\n" +
			"and roles stay with the user under its new name.",
		Example: trimExample(`
  latchkey user edit ci --note "the build server" --email ops@example.org
  latchkey user edit ann bob --email "" --save`),
		Annotations: editExits(),
		RunE: func(command *cobra.Command, args []string) error {
			given := func(flag string, value *string) *string {
				if !command.Flags().Changed(flag) {
					return nil
				}
				return value
			}
			return a.editUsers(command.Context(), options, args,
				userFields{name: given("name", &name), email: given("email", &email), note: given("note", &note)})
		},
	}
	options.addFlags(command)
	command.Flags().StringVar(&name, "name", "", "another `name`; for one user, like 'user rename'")
	command.Flags().StringVar(&email, "email", "", "e-mail `address` of whoever answers for the user")
	command.Flags().StringVar(&note, "note", "", "what the user is for, as a `text`")
	return command
}

func newUserRename(a *App) *cobra.Command {
	var options editOptions
	command := &cobra.Command{
		Use: "rename NAME NEW", SuggestFor: []string{"mv", "move"}, Short: "Stage another name of a user", Args: exactly(2, "a username and the new one"),
		Long: `Stage another name of a user. Token, rules and roles stay with the user; from the save on, requests are made with the
new name. In your draft the new name counts at once. To swap two names, rename one to a third, and then on; all of it is
saved in one go.`,
		Example: trimExample(`
  latchkey user rename ci build
  latchkey user rename ci build --save -m "it is no longer alone"`),
		Annotations: editExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return a.editUsers(command.Context(), options, args[:1], userFields{name: &args[1]})
		},
	}
	options.addFlags(command)
	return command
}

func (a *App) editUsers(ctx context.Context, options editOptions, args []string, fields userFields) error {
	names, err := canonicalNames(args)
	if err := errors.Join(err, fields.check(names)); err != nil {
		return err
	}
	if fields.name != nil {
		a.warnLookAlike(*fields.name)
	}
	return a.edit(ctx, options, db.KindUser, names, db.Existing(func(subject *db.Subject) error {
		fields.set(subject.Next)
		return nil
	}))
}

// check refuses what cannot be set, and brings the new name to its one form.
func (f *userFields) check(names []string) error {
	var err error
	switch {
	case f.name == nil && f.email == nil && f.note == nil:
		return wrongUsef("nothing to edit: give --name, --email or --note")
	case f.name != nil && len(names) > 1:
		return wrongUsef("--name is for one user, since no two have the same")
	}
	if f.name != nil {
		var canonical string
		canonical, err = db.CanonicalName(*f.name)
		f.name = &canonical
	}
	if f.email != nil {
		err = errors.Join(err, validText("email", *f.email))
	}
	if f.note != nil {
		err = errors.Join(err, validText("note", *f.note))
	}
	return err
}

func (f *userFields) set(user *db.Object) {
	for _, field := range []struct{ to, from *string }{{&user.Name, f.name}, {&user.Email, f.email}, {&user.Note, f.note}} {
		if field.from != nil {
			*field.to = *field.from
		}
	}
}

func (a *App) warnLookAlike(name string) {
	if db.LookAlike(name) {
		a.story().Warn("%s mixes letters of several scripts and may look like another name", name)
	}
}
