package cmd

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/db"
)

// editOptions are the flags of every editing verb.
type editOptions struct {
	save    bool
	ensure  bool
	message string
}

func (o *editOptions) addFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVar(&o.save, "save", false, "stage and save exactly this edit in one go")
	flags.BoolVar(&o.ensure, "ensure", false, "succeed and print nothing where it is already so")
	flags.StringVarP(&o.message, "message", "m", "", "with --save: the `text` the log keeps")
}

func (o *editOptions) check() error {
	if o.message != "" && !o.save {
		return wrongUsef("--message needs --save")
	}
	return nil
}

// alreadySo are the errors that --ensure takes for success; each is returned only by verbs whose wish it fulfils.
type alreadySo []error

// accept makes a change that leaves alone what is already as the verb wants it.
func (s alreadySo) accept(change db.Change, ensure bool) db.Change {
	if !ensure {
		return change
	}
	return func(subject *db.Subject) error {
		err := change(subject)
		for _, fine := range s {
			if errors.Is(err, fine) {
				return nil
			}
		}
		return err
	}
}

// edit stages or saves one change of the named users and tells what it did.
func (a *App) edit(ctx context.Context, options editOptions, names []string, change db.Change) error {
	if err := options.check(); err != nil {
		return err
	}
	return a.with(ctx, true, func(database *db.DB) error {
		return a.commit(ctx, database, options, db.Edit{Draft: a.draft(), Names: names, Change: change})
	})
}

// commit stages or saves an edit and tells what it did.
func (a *App) commit(ctx context.Context, database *db.DB, options editOptions, edit db.Edit) error {
	if options.save {
		revision, err := database.SaveEdit(ctx, edit, options.message)
		if err == nil {
			a.tellSaved(revision, options.ensure)
		}
		return err
	}
	changed, err := database.Stage(ctx, edit)
	if err == nil {
		a.tellStaged(changed, options.ensure)
	}
	return err
}

// tellStaged names every field that was staged, and what makes it live.
func (a *App) tellStaged(changed []db.RecordedChange, ensure bool) {
	story := a.story()
	for _, change := range changed {
		story.Done("staged %s: %s", change.Name(), inWords(change))
	}
	switch {
	case len(changed) > 0:
		story.Note("live after 'latchkey save'")
	case !ensure:
		story.Note("nothing to do: it is already so")
	}
}

// tellSaved names the revision and its head, for whoever keeps heads elsewhere.
func (a *App) tellSaved(revision db.Revision, ensure bool) {
	story := a.story()
	if revision.Number == 0 {
		if !ensure {
			story.Note("nothing to save: it is already so")
		}
		return
	}
	names := make([]string, 0, len(revision.Changes))
	for _, change := range revision.Changes {
		names = append(names, change.Name())
	}
	story.Done("saved revision %d: %s (head %s)", revision.Number, list(names), revision.Head)
}

// inWords sums up what changes of one user.
func inWords(change db.RecordedChange) string {
	words := []string{}
	switch {
	case change.After == nil:
		return "remove"
	case change.Before == nil:
		words = append(words, "add")
		nothing := &db.User{Name: change.Name()}
		change.Before = nothing.Record()
	}
	for _, difference := range change.Differences() {
		words = append(words, differenceInWords(difference))
	}
	return strings.Join(words, "; ")
}

func differenceInWords(difference db.Difference) string {
	switch {
	case difference.Before == "":
		return difference.Field + ": " + difference.After
	case difference.After == "":
		return difference.Field + ": " + difference.Before + " → none"
	}
	return difference.Field + ": " + difference.Before + " → " + difference.After
}

// list names up to ten things.
func list(names []string) string {
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
