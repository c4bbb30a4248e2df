package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/exchange"
	"latchkey/db/data"
)

func newResourceImport(a *App) *cobra.Command {
	var options exchangeOptions
	command := &cobra.Command{
		Use: "import NAME FILE|-", Short: "Store documents from JSON, JSON lines or CSV, all or none", Args: exactly(2, "the name of a resource and a file, or - for standard input"),
		Long: fmt.Sprintf(`Store the documents of a file, or of standard input (-), in one transaction: all or none. A running server has them at once;
documents are not staged. An error says at which line it is.

A document with an id gets this id, which must never have been used in the resource; the others get the next ones. Dates in
the file are ignored: a document is as old as its import. At most %d MiB and %d documents are read at once, each as large
and as deep as the API takes them. With --as this takes what POST to the collection takes.`, exchange.MaxSize>>20, exchange.MaxDocuments),
		Example: trimExample(`
  latchkey resource import orders orders.csv
  jq -c '.[]' orders.json | latchkey resource import orders - --format jsonl
  latchkey resource import orders_shipments shipments.json --under 7`),
		Annotations: viewExits(exitUnknown, exitState),
		RunE: func(command *cobra.Command, args []string) error {
			return a.importDocuments(command.Context(), options, args[0], args[1])
		},
	}
	options.addFlags(command)
	return command
}

func (a *App) importDocuments(ctx context.Context, options exchangeOptions, name, path string) error {
	format, err := options.formatFor(path)
	if err != nil {
		return err
	}
	return a.withCollection(ctx, options, name, http.MethodPost, func(documents *data.Data, collection data.Collection) error {
		content, err := a.readImport(ctx, path)
		if err != nil {
			return err
		}
		read, err := exchange.Parse(content, format)
		if err != nil {
			return fmt.Errorf("reading %s, nothing was imported: %w", path, err)
		}
		progress, total := a.progress("importing"), int64(len(read.Documents))
		err = documents.Import(ctx, collection, read.Documents, func(done int) { progress.Step(int64(done), total) })
		progress.Done()
		var refused *data.ImportError
		if errors.As(err, &refused) {
			return fmt.Errorf("nothing was imported: %w", &exchange.LineError{Line: read.Lines[refused.Index], Err: refused.Err})
		}
		if err != nil {
			return err
		}
		a.story().Done("imported %d documents into %s", total, name)
		return nil
	})
}

// readImport reads a whole file, or standard input, and waits for it with no lock held.
func (a *App) readImport(ctx context.Context, path string) (content []byte, err error) {
	in := a.In
	if path != standardStream {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close() //nolint:errcheck // opened for reading
		in = file
	}
	err = interruptible(ctx, func() (err error) {
		content, err = io.ReadAll(io.LimitReader(in, exchange.MaxSize+1))
		return err
	})
	if err == nil && len(content) > exchange.MaxSize {
		err = wrongUsef("%s has more than %d MiB: import it in parts", path, exchange.MaxSize>>20)
	}
	return content, err
}
