package resource

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/exchange"
	"latchkey/cmd/internal/private"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
)

// standardStream is standard input or output in the place of a file.
const standardStream = "-"

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

// collection is the documents that the flags name of a resource.
func (o *exchangeOptions) collection(resource string) panel.Collection {
	return panel.Collection{Resource: resource, Parent: o.under}
}

func newExport(a *app.App) *cobra.Command {
	var options exchangeOptions
	command := &cobra.Command{
		Use: "export NAME [FILE|-]", Short: "Write the documents of a resource as JSON, JSON lines or CSV", Args: cobra.RangeArgs(1, 2),
		Long: `Write the documents of a resource to a file, or to standard output (-, or no FILE): id, fields and dates. Servers go on
meanwhile, and each document is written as it is when its turn comes. The file is written whole or not at all, mode 0600. An
existing file is replaced only with -y or after a question. 'latchkey resource import' reads the file back.

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
	columns := 0
	if format == exchange.CSV {
		columns = exchange.MaxColumns
	}
	return a.Panel(ctx, false, func(p panel.Panel) error {
		exported, err := p.Export(ctx, options.collection(name), columns)
		if err != nil {
			return err
		}
		progress := progress(a, "exporting")
		if path == standardStream && ui.IsTerminal(a.Out) {
			progress.Terminal = false // it would stand among the documents
		}
		write := func(out io.Writer) error { return writeDocuments(progress, exported, format, out) }
		if path == standardStream {
			if err := a.WriteOut(write); err != nil {
				return err
			}
			a.Messages().Done("exported %d documents of %s", exported.Whole.Count, name)
			return nil
		}
		if err := mayReplace(ctx, a, path); err != nil {
			return err
		}
		if err := private.Export(path, write); err != nil {
			return err
		}
		a.Messages().Done("exported %d documents of %s to %s", exported.Whole.Count, name, path)
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

// writeDocuments writes a collection.
func writeDocuments(progress *ui.Progress, exported panel.Exported, format exchange.Format, out io.Writer) error {
	defer progress.Done()
	var writer *exchange.Writer
	written := int64(0)
	for document, err := range exported.Documents {
		if err == nil && writer == nil { // only now are the columns known
			writer, err = exchange.NewWriter(out, format, exported.Whole.Fields)
		}
		if err == nil {
			err = writer.Write(document)
		}
		if err != nil {
			return err
		}
		written++
		progress.Step(written, exported.Whole.Count)
	}
	if writer == nil {
		var err error
		if writer, err = exchange.NewWriter(out, format, nil); err != nil {
			return err
		}
	}
	return writer.Close()
}

func progress(a *app.App, doing string) *ui.Progress {
	return &ui.Progress{Err: a.Err, Terminal: ui.IsTerminal(a.Err), Quiet: a.Flags.Quiet, Clock: a.Clock, Doing: doing}
}
