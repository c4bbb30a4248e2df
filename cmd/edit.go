package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/perms"
)

// editOptions are the flags of every editing verb.
type editOptions struct {
	save    bool
	ensure  bool
	message string

	question    string            // asked before anything is changed; "": nothing is
	known       *knownPermissions // filled before anything is changed, if it is there
	mustBeKnown []perms.Pattern   // refused where nothing needs them
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
	return edits.CheckText("message", o.message)
}

// alreadySo are the errors that --ensure takes for success; each is returned only by verbs whose wish it fulfils.
type alreadySo []error

// accept makes a change that leaves alone what is already as the verb wants it.
func (s alreadySo) accept(change db.Change, ensure bool) db.Change {
	if !ensure {
		return change
	}
	return func(subject *db.Subject) error {
		found := subject.Next.Clone()
		err := change(subject)
		for _, fine := range s {
			if errors.Is(err, fine) {
				subject.Next = found // whatever the refused change has done to it
				return nil
			}
		}
		return err
	}
}

// edit stages or saves one change of the named objects and tells what it did.
func (a *App) edit(ctx context.Context, options editOptions, kind db.Kind, names []string, change db.Change) error {
	if err := options.check(); err != nil {
		return err
	}
	if options.save { // the revision is printed where a format is asked for: one that cannot be must not be saved first
		if err := a.checkOutput(wire.Saved{}); err != nil {
			return err
		}
	}
	edit := db.Edit{Kind: kind, Draft: a.draft(), Names: names, Change: change}
	return a.with(ctx, true, func(database *db.DB) error {
		if err := a.checkKnown(ctx, database, options); err != nil {
			return err
		}
		if options.question != "" {
			preview, err := database.Preview(ctx, edit, options.save)
			if err == nil && len(preview.Changed) > 0 {
				err = a.confirm(ctx, options.question)
			}
			if err != nil {
				return err
			}
		}
		revision, err := a.commit(ctx, database, options, edit)
		if err != nil || !options.save {
			return err
		}
		return a.printRevision(revision)
	})
}

// commit stages or saves an edit and tells what it did.
func (a *App) commit(ctx context.Context, database *db.DB, options editOptions, edit db.Edit) (db.Revision, error) {
	if options.save {
		revision, err := database.SaveEdit(ctx, edit, options.message)
		if err == nil {
			a.tellSaved(revision, options.ensure)
		}
		return revision, err
	}
	changed, err := database.Stage(ctx, edit)
	if err == nil {
		a.tellStaged(changed, options.ensure)
	}
	return db.Revision{}, err
}

// tellStaged names every field that was staged, and what makes it live.
func (a *App) tellStaged(changed []db.RecordedChange, ensure bool) {
	story := a.story()
	for _, change := range changed {
		story.Done("staged %s: %s", change.Label(), inWords(change))
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
	story.Done("saved revision %d: %s (head %s)", revision.Number, changesInWords(revision), revision.Head)
}

// changesInWords names what a revision added, changed and removed.
func changesInWords(revision db.Revision) string {
	var added, changed, removed []string
	for _, change := range revision.Changes {
		change = change.AsServed()
		switch {
		case change.Before == nil:
			added = append(added, change.Label())
		case change.After == nil:
			removed = append(removed, change.Label())
		default:
			changed = append(changed, change.Label())
		}
	}
	var words []string
	for _, group := range []struct {
		verb   string
		labels []string
	}{{"added", added}, {"changed", changed}, {"removed", removed}} {
		if len(group.labels) > 0 {
			words = append(words, group.verb+" "+list(group.labels))
		}
	}
	return strings.Join(words, "; ")
}

// inWords sums up what changes of one object.
func inWords(change db.RecordedChange) string {
	words := []string{}
	change = change.AsServed()
	switch {
	case change.After == nil:
		return "remove"
	case change.Before == nil:
		words = append(words, "add")
		nothing := &db.Object{Kind: change.Kind, Name: change.Name()}
		change.Before = nothing.Record()
	}
	for _, difference := range change.Differences() {
		words = append(words, differenceInWords(difference))
	}
	return strings.Join(words, "; ")
}

func differenceInWords(difference db.Difference) string {
	difference.Before, difference.After = placeInWords(difference.Field, difference.Before), placeInWords(difference.Field, difference.After)
	switch {
	case difference.Before == "":
		return difference.Field + ": " + difference.After
	case difference.After == "":
		return difference.Field + ": " + difference.Before + " → none"
	}
	return difference.Field + ": " + difference.Before + " → " + difference.After
}

// placeInWords tells a path that is at a host alone: one who forgot the first slash has to see it.
func placeInWords(field, value string) string {
	host, path, found := strings.Cut(value, "/")
	if field != "path" || !found || host == "" {
		return value
	}
	return fmt.Sprintf("/%s at the host %s", path, host)
}

// list names up to ten things.
func list(names []string) string {
	const most = 10
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
