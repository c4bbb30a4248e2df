package cmd

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/pages"
	"latchkey/cmd/internal/view"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

func newDocs(a *app.App) *cobra.Command {
	docs := app.Noun("docs", "Pages about what the API serves", `
The pages are made from the live resources, as the server shows them under /docs. They say what each request does, and which
permission it takes. Without a command the list of all resources is printed, and with the name of a resource its page. On a
terminal pages are shown for reading; in a pipe or a file they are Markdown.`, `
  latchkey docs
  latchkey docs resource orders
  latchkey docs openapi > openapi.json`,
		newDocsPage(a, "resources", "Print the list of all resources", pages.Index),
		newDocsPage(a, "requests", "Print every request with its permission and answers", pages.Requests),
		newDocsResource(a), newDocsOpenAPI(a))
	withWords := docs.RunE
	docs.RunE = func(command *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return docsPage(command.Context(), a, pages.Index)
		case 1: // "docs orders" is what people try
			err := docsResource(command.Context(), a, args[0])
			if errorkind.Of(err) != errorkind.Missing || len(errorkind.NearestOf(err)) > 0 {
				return err
			}
		}
		return withWords(command, args)
	}
	return docs
}

func newDocsPage(a *app.App, name, short string, make func(*perms.Catalogue) pages.Document) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: app.NoArguments, Long: short + ". In a pipe or a file it is Markdown.",
		Example:     app.TrimExample("\n  latchkey docs " + name),
		Annotations: app.ExitList(),
		RunE: func(command *cobra.Command, _ []string) error {
			return docsPage(command.Context(), a, make)
		},
	}
}

func docsPage(ctx context.Context, a *app.App, make func(*perms.Catalogue) pages.Document) error {
	catalogue, err := view.Catalogue(ctx, a)
	if err != nil {
		return err
	}
	return printPage(a, make(catalogue))
}

func newDocsResource(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "resource NAME", Short: "Print the page of a resource", Args: app.Exactly(1, "the name of a resource"),
		Long: "Print the page of a resource: its request types with the permission for each. In a pipe or a file it is Markdown.",
		Example: app.TrimExample(`
  latchkey docs resource orders
  latchkey docs resource orders_shipments | glow -`),
		Annotations: app.ExitList(app.ExitUnknown),
		RunE: func(command *cobra.Command, args []string) error {
			return docsResource(command.Context(), a, args[0])
		},
	}
}

func docsResource(ctx context.Context, a *app.App, name string) error {
	catalogue, err := view.Catalogue(ctx, a)
	if err != nil {
		return err
	}
	page, found := pages.Resource(catalogue, name)
	if found {
		return printPage(a, page)
	}
	var names []string
	for _, resource := range catalogue.Resources() {
		names = append(names, resource.Name)
	}
	return errorkind.Suggest(noResource(name), errorkind.Nearest(name, names))
}

func newDocsOpenAPI(a *app.App) *cobra.Command {
	var host string
	command := &cobra.Command{
		Use: "openapi", Short: "Print the API as an OpenAPI 3.1 document", Args: app.NoArguments,
		Long: "Print the API as an OpenAPI 3.1 document, as the server has it at /docs/openapi.json. Each operation has its\n" +
			"permission as x-permission.",
		Example: app.TrimExample(`
  latchkey docs openapi > openapi.json
  latchkey docs openapi --host app.example.com`),
		Annotations: app.ExitList(),
		RunE: func(command *cobra.Command, _ []string) error {
			catalogue, err := view.Catalogue(command.Context(), a)
			if err != nil {
				return err
			}
			document, err := pages.OpenAPI(catalogue, perms.CanonicalHost(host))
			if err != nil {
				return err
			}
			return a.WriteOut(func(out io.Writer) error {
				_, err := out.Write(document)
				return err
			})
		},
	}
	command.Flags().StringVar(&host, "host", "", "the resources of this `host` too, as a client of it sees them")
	return command
}
