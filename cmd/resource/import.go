package resource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/exchange"
	"latchkey/cmd/panel"
)

// importOptions are the flags of `resource import` beside those of the export.
type importOptions struct {
	exchangeOptions

	delimiter string
	text      []string
	numbers   []string
	update    bool
	minFree   app.MinFree
}

func (o *importOptions) addFlags(command *cobra.Command) {
	o.exchangeOptions.addFlags(command)
	command.Flags().BoolVar(&o.update, "update", false, "let a document with the id of one that is there change its fields")
	command.Flags().Var(&o.minFree, "min-free", "import nothing that would not "+app.MinFreeUsage)
	command.Flags().StringVar(&o.delimiter, "delimiter", "", "what is between the cells of a CSV: a `character`, or tab (default: a comma)")
	command.Flags().StringArrayVar(&o.text, "text", nil, "take all cells of this `column` of a CSV as texts; can be repeated")
	command.Flags().StringArrayVar(&o.numbers, "number", nil, "take what is a number in this `column` of a CSV for one, however it is written; can be repeated")
}

// table says how a CSV is read.
func (o *importOptions) table(format exchange.Format) (table exchange.Table, err error) {
	if format != exchange.CSV && (o.delimiter != "" || len(o.text)+len(o.numbers) > 0) {
		return table, app.WrongUsef("--delimiter, --text and --number are for csv alone, and this is %s", format)
	}
	table.Text, table.Numbers = o.text, o.numbers
	switch characters := []rune(o.delimiter); {
	case o.delimiter == "tab":
		table.Delimiter = '\t'
	case len(characters) == 1 && !strings.ContainsRune("\"\r\n\ufffd\x00", characters[0]):
		table.Delimiter = characters[0]
	case o.delimiter != "":
		return table, app.WrongUsef("--delimiter is one character, such as ';', or tab, not %q", o.delimiter)
	}
	return table, nil
}

func newImport(a *app.App) *cobra.Command {
	var options importOptions
	command := &cobra.Command{
		Use: "import NAME FILE|-", Short: "Store documents from JSON, JSON lines or CSV, all or none", Args: app.Exactly(2, "the name of a resource and a file, or - for standard input"),
		Long: fmt.Sprintf(`Store the documents of a file, or of standard input (-), in one transaction: all or none. Documents are not staged, so a
running server has them at once. An error names the line.

A document with an id keeps it. This id must never have been used in the resource. Documents without an id get the next ones.
With --update, a document whose id exists already changes the existing one, as PUT does: its fields are set, and the other
fields stay. Dates in the file are ignored: a document is as old as its import. So are what the API shows besides, the id of the
parent and links to what is below. At most %d MiB and %d documents are read
at once. Each may be as large and as deep as the API allows. With --as this takes the permission of POST on the collection.
--update takes the permission of PUT on a document too.

In CSV the first row has the names of the fields. A cell that is JSON is read as JSON: 42, true, null, [1,2], "42". Any
other cell is a text, and an empty cell is no field. So 12345 is a number and 01234 a text. A number with an exponent, or
with more digits than most programs keep, is a text too, unless --number names its column: 12E4567 may be the number of an
article. --text reads a whole column as texts. A column with cells of different kinds is warned of.`, exchange.MaxSize>>20, exchange.MaxDocuments),
		Example: app.TrimExample(`
  latchkey resource import orders orders.csv
  latchkey resource import customers customers.csv --delimiter ';' --text zip --text phone
  latchkey resource import orders orders.csv --update
  jq -c '.[]' orders.json | latchkey resource import orders - --format jsonl
  latchkey resource import orders_shipments shipments.json --under 7`),
		Annotations: app.ViewExits(app.ExitUnknown, app.ExitState, app.ExitUnknownResult),
		RunE: func(command *cobra.Command, args []string) error {
			return importDocuments(command.Context(), a, options, args[0], args[1])
		},
	}
	options.addFlags(command)
	return command
}

func importDocuments(ctx context.Context, a *app.App, options importOptions, name, path string) error {
	format, err := options.formatFor(path)
	if err != nil {
		return err
	}
	reader := &exchange.Reader{Format: format}
	if reader.Table, err = options.table(format); err != nil {
		return err
	}
	documents := func(yield func(panel.Document, error) bool) {
		content, err := readImport(ctx, a, path)
		if err != nil {
			yield(panel.Document{}, err)
			return
		}
		reader.Documents(content)(yield)
	}
	return a.Panel(ctx, false, func(p panel.Panel) error {
		progress := progress(a, "importing")
		imported, err := p.Import(ctx, options.collection(name), documents,
			panel.ImportOptions{Update: options.update, MinFree: options.minFree.Room(), Progress: progress.Step})
		progress.Done()
		if err != nil {
			return atItsLine(err, path, reader.Lines)
		}
		for _, warning := range reader.Warnings {
			a.Messages().Warn("%s", warning)
		}
		switch {
		case options.update:
			a.Messages().Done("imported %d documents into %s: %d for some that were there, %d new", imported.Added+imported.Changed, name, imported.Changed, imported.Added)
		default:
			a.Messages().Done("imported %d documents into %s", imported.Added, name)
		}
		return nil
	})
}

// atItsLine says of an error of a document where this is in the file.
func atItsLine(err error, path string, lines []int) error {
	if refused := (*panel.DocumentError)(nil); errors.As(err, &refused) {
		err = &exchange.LineError{Line: lines[refused.Index], Err: refused.Err}
	}
	if errors.As(err, new(*exchange.LineError)) {
		return fmt.Errorf("reading %s, nothing was imported: %w", path, err)
	}
	return err
}

// readImport reads a whole file, or standard input, and waits for it with no lock held.
func readImport(ctx context.Context, a *app.App, path string) (content []byte, err error) {
	in := a.In
	if path != standardStream {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close() //nolint:errcheck // opened for reading
		in = file
	}
	err = app.Interruptible(ctx, func() (err error) {
		content, err = io.ReadAll(io.LimitReader(in, exchange.MaxSize+1))
		return err
	})
	if err == nil && len(content) > exchange.MaxSize {
		err = app.WrongUsef("%s has more than %d MiB: import it in parts", path, exchange.MaxSize>>20)
	}
	return content, err
}
