package resource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/exchange"
	"latchkey/cmd/internal/private"
	"latchkey/cmd/internal/ui"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// standardStream is standard input or output in the place of a file.
const standardStream = "-"

// ErrNoDocuments: latchkey stores no documents for the resource, which another service answers.
var ErrNoDocuments = errorkind.State.New("resource is no collection of documents")

// exchangeOptions are the flags of `resource import` and `resource export`.
type exchangeOptions struct {
	format string
	under  int64
}

func (o *exchangeOptions) addFlags(command *cobra.Command) {
	command.Flags().StringVar(&o.format, "format", "", "`format` of the file: json, jsonl or csv (default: by the ending of its name; json where there is no file)")
	command.Flags().Int64Var(&o.under, "under", 0, "for a resource under another one: the `id` of the document that these hang under")
}

// formatFor is the format of a file of this name.
func (o *exchangeOptions) formatFor(name string) (exchange.Format, error) {
	switch guessed, known := exchange.FormatOf(name); {
	case o.format != "" && !slices.Contains(exchange.Formats(), o.format):
		return "", app.WrongUsef("--format is %s, not %q", strings.Join(exchange.Formats(), ", "), o.format)
	case o.format != "":
		return exchange.Format(o.format), nil
	case known:
		return guessed, nil
	case name == standardStream:
		return exchange.JSON, nil
	}
	return "", app.WrongUsef("the name of %s does not say its format: give --format %s", name, strings.Join(exchange.Formats(), "|"))
}

func newExport(a *app.App) *cobra.Command {
	var options exchangeOptions
	command := &cobra.Command{
		Use: "export NAME [FILE|-]", Short: "Write the documents of a resource as JSON, JSON lines or CSV", Args: cobra.RangeArgs(1, 2),
		Long: `Write the documents of a resource to a file, or to standard output (-, or no FILE): id, fields and dates, as they are at one
moment. Servers go on meanwhile. The file is written whole or not at all, mode 0600. An existing file is replaced only with
-y or after a question. 'latchkey resource import' reads the file back.

In CSV a text that a spreadsheet would take for a formula has a ' before it. Values that are not plain text are written as
JSON. With --as this takes the permission of GET on the collection.`,
		Example: app.TrimExample(`
  latchkey resource export orders orders.csv
  latchkey resource export orders orders.csv -y
  latchkey resource export orders --format jsonl | jq -r .total
  latchkey resource export orders_shipments --under 7`),
		Annotations: app.ViewExits(app.ExitUnknown, app.ExitState, app.ExitUnconfirmed),
		RunE: func(command *cobra.Command, args []string) error {
			return exportDocuments(command.Context(), a, options, args[0], append(args[1:], standardStream)[0])
		},
	}
	options.addFlags(command)
	return command
}

func exportDocuments(ctx context.Context, a *app.App, options exchangeOptions, name, path string) error {
	format, err := options.formatFor(path)
	if err != nil {
		return err
	}
	takes := []perms.Request{{Endpoint: perms.Collection, Method: http.MethodGet}}
	return withCollection(ctx, a, options, name, takes, func(documents *data.Data, collection data.Collection) error {
		written := 0
		write := func(out io.Writer) (err error) {
			written, err = writeDocuments(ctx, a, documents, collection, format, out)
			return err
		}
		if path == standardStream {
			err := a.WriteOut(write)
			if err == nil {
				a.Messages().Done("exported %d documents of %s", written, name)
			}
			return err
		}
		if err := mayReplace(ctx, a, path); err != nil {
			return err
		}
		if err := private.Export(path, write); err != nil {
			return err
		}
		a.Messages().Done("exported %d documents of %s to %s", written, name, path)
		return nil
	})
}

// mayReplace asks before a file is replaced.
func mayReplace(ctx context.Context, a *app.App, path string) error {
	there, err := checkOutputFile(path)
	if err != nil || !there {
		return err
	}
	if err := a.Confirm(ctx, fmt.Sprintf("Replace the file %s?", path)); err != nil {
		return fmt.Errorf("%s is there already: %w", path, err)
	}
	return nil
}

// writeDocuments writes a collection and says how many documents it has.
func writeDocuments(ctx context.Context, a *app.App, documents *data.Data, collection data.Collection, format exchange.Format,
	out io.Writer) (written int, err error) {
	total := int64(0)
	var columns exchange.Columns
	count := func(document data.Document) error {
		total++
		if format != exchange.CSV {
			return nil
		}
		return columns.See(document)
	}
	progress := progress(a, "exporting")
	defer progress.Done()
	var writer *exchange.Writer
	begin := func() *exchange.Writer { return exchange.NewWriter(out, format, &columns) }
	err = documents.Visit(ctx, collection, count, func(document data.Document) error {
		if writer == nil {
			writer = begin()
		}
		written++
		progress.Step(int64(written), total)
		return writer.Write(document)
	})
	if err != nil {
		return written, err
	}
	if writer == nil {
		writer = begin()
	}
	return written, writer.Close()
}

func progress(a *app.App, doing string) *ui.Progress {
	return &ui.Progress{Err: a.Err, Terminal: ui.IsTerminal(a.Err), Quiet: a.Flags.Quiet, Clock: a.Clock, Doing: doing}
}

// withCollection opens the documents of a live resource for whoever may make the requests that are named by endpoint and
// method. That is found out again before a change is committed: what is imported may have come long after the command began
// (H11).
func withCollection(ctx context.Context, a *app.App, options exchangeOptions, name string, takes []perms.Request,
	work func(documents *data.Data, collection data.Collection) error) error {
	return a.With(ctx, false, func(database *db.DB) error {
		collection, err := options.find(ctx, a, database, name, takes)
		if err != nil {
			return err
		}
		documents, err := a.OpenDocuments(ctx, database.Path())
		if err != nil {
			return err
		}
		confirmed := data.Confirmed(documents, func(ctx context.Context) error {
			now, err := options.find(ctx, a, database, name, takes)
			if err == nil && now != collection {
				err = fmt.Errorf("%w: %s was changed meanwhile", ErrNoDocuments, name)
			}
			return err
		})
		return errors.Join(work(confirmed, collection), documents.Close())
	})
}

// find finds the documents that the flags name, in a live resource of which the operator may make the requests.
func (o *exchangeOptions) find(ctx context.Context, a *app.App, database *db.DB, name string, takes []perms.Request) (data.Collection, error) {
	catalogue, err := database.Catalogue(ctx, db.State{})
	if err != nil {
		return data.Collection{}, err
	}
	resource, found := catalogue.Resource(name)
	if !found {
		return data.Collection{}, fmt.Errorf("%w: %s", model.ErrNoResource, name)
	}
	for _, request := range takes {
		if err := mayRequest(ctx, a, database, resource, request); err != nil {
			return data.Collection{}, err
		}
	}
	return o.collection(resource)
}

// collection is the set of documents that the flags name.
func (o *exchangeOptions) collection(resource perms.Resource) (data.Collection, error) {
	switch {
	case resource.Backend != perms.Documents || !slices.ContainsFunc(resource.Requests, ofCollection):
		return data.Collection{}, fmt.Errorf("%w: %s", ErrNoDocuments, resource.Name)
	case resource.Parent == "" && o.under != 0:
		return data.Collection{}, app.WrongUsef("%s is under no other resource: leave out --under", resource.Name)
	case resource.Parent != "" && o.under < 1:
		return data.Collection{}, app.WrongUsef("%s is under %s: --under gives the id of the document that these hang under", resource.Name, resource.Parent)
	}
	return data.Collection{Resource: resource.Name, ParentResource: resource.Parent, Parent: o.under}, nil
}

func ofCollection(request perms.Request) bool {
	return request.Endpoint == perms.Collection || request.Endpoint == perms.Item
}

// mayRequest refuses an operator who acts as a user that may not make a request of this endpoint and method. What nobody
// may, only those do who may do everything.
func mayRequest(ctx context.Context, a *app.App, database *db.DB, resource perms.Resource, kind perms.Request) error {
	for _, request := range resource.Requests {
		if request.Endpoint != kind.Endpoint || request.Method != kind.Method {
			continue
		}
		if request.AnyUser {
			return nil
		}
		return database.Require(ctx, a.Operator(), request.Permission)
	}
	return database.RequireEverything(ctx, a.Operator())
}
