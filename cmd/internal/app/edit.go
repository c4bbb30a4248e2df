package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// editOptions are the flags of every editing verb.
type EditOptions struct {
	Save    bool
	Ensure  bool
	Message string

	Question    string            // asked before anything is changed; "": nothing is
	Known       *KnownPermissions // filled before anything is changed, if it is there
	MustBeKnown []perms.Pattern   // refused where nothing needs them
}

func (o *EditOptions) AddFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVar(&o.Save, "save", false, "stage and save exactly this edit in one go")
	flags.BoolVar(&o.Ensure, "ensure", false, "succeed and print nothing where it is already so")
	flags.StringVarP(&o.Message, "message", "m", "", "with --save: the `text` the log keeps")
}

func (o *EditOptions) Check() error {
	if o.Message != "" && !o.Save {
		return WrongUsef("--message needs --save")
	}
	return edits.CheckText("message", o.Message)
}

// alreadySo are the errors that --ensure takes for success; each is returned only by verbs whose wish it fulfils.
type AlreadySo []error

// accept makes a change that leaves alone what is already as the verb wants it.
func (s AlreadySo) Accept(change model.Change, ensure bool) model.Change {
	if !ensure {
		return change
	}
	return func(subject *model.Subject) error {
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
func (a *App) Edit(ctx context.Context, options EditOptions, kind model.Kind, names []string, change model.Change) error {
	if err := options.Check(); err != nil {
		return err
	}
	if options.Save { // the revision is printed where a format is asked for: one that cannot be must not be saved first
		if err := a.CheckOutput(wire.Saved{}); err != nil {
			return err
		}
	}
	edit := db.Edit{Kind: kind, Draft: a.Draft(), Names: names, Change: change}
	return a.With(ctx, true, func(database *db.DB) error {
		if err := a.checkKnown(ctx, database, options); err != nil {
			return err
		}
		if options.Question != "" {
			preview, err := database.Preview(ctx, edit, options.Save)
			if err == nil && len(preview.Changed) > 0 {
				err = a.Confirm(ctx, options.Question)
			}
			if err != nil {
				return err
			}
		}
		revision, err := a.Commit(ctx, database, options, edit)
		if err != nil || !options.Save {
			return err
		}
		return a.PrintRevision(revision)
	})
}

// commit stages or saves an edit and tells what it did.
func (a *App) Commit(ctx context.Context, database *db.DB, options EditOptions, edit db.Edit) (db.Revision, error) {
	if options.Save {
		revision, err := database.SaveEdit(ctx, edit, options.Message)
		if err == nil {
			a.TellSaved(revision, options.Ensure)
		}
		return revision, err
	}
	changed, err := database.Stage(ctx, edit)
	if err == nil {
		a.TellStaged(changed, options.Ensure)
	}
	return db.Revision{}, err
}

// tellStaged names every field that was staged, and what makes it live.
func (a *App) TellStaged(changed []model.RecordedChange, ensure bool) {
	story := a.Story()
	for _, change := range changed {
		story.Done("staged %s: %s", change.Label(), InWords(change))
	}
	switch {
	case len(changed) > 0:
		story.Note("live after 'latchkey save'")
	case !ensure:
		story.Note("nothing to do: it is already so")
	}
}

// tellSaved names the revision and its head, for whoever keeps heads elsewhere.
func (a *App) TellSaved(revision db.Revision, ensure bool) {
	story := a.Story()
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
			words = append(words, group.verb+" "+List(group.labels))
		}
	}
	return strings.Join(words, "; ")
}

// inWords sums up what changes of one object.
func InWords(change model.RecordedChange) string {
	words := []string{}
	change = change.AsServed()
	switch {
	case change.After == nil:
		return "remove"
	case change.Before == nil:
		words = append(words, "add")
		nothing := &model.Object{Kind: change.Kind, Name: change.Name()}
		change.Before = nothing.Record()
	}
	for _, difference := range change.Differences() {
		words = append(words, differenceInWords(difference))
	}
	return strings.Join(words, "; ")
}

func differenceInWords(difference model.Difference) string {
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
func List(names []string) string {
	const most = 10
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
