package resource

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
	"latchkey/perms"
)

func newList(a *app.App) *cobra.Command {
	var all bool
	command := &cobra.Command{
		Use: "list", SuggestFor: []string{"ls"}, Short: "List the live resources", Args: app.NoArguments,
		Long: "List the live resources: name, path, backend, origin (built-in, changed, added), title. Hidden ones are not served.\n" +
			"--all lists them too.",
		Example: app.TrimExample(`
  latchkey resource list
  latchkey resource list --all --output jsonl | jq -r 'select(.origin != "built-in") | .name'`),
		Annotations: app.ViewExits(),
		RunE:        func(command *cobra.Command, _ []string) error { return listResources(command.Context(), a, all) },
	}
	command.Flags().BoolVar(&all, "all", false, "list hidden ones too")
	return command
}

func listResources(ctx context.Context, a *app.App, all bool) error {
	return a.Panel(ctx, false, func(p panel.Panel) error {
		resources, hidden, err := p.Resources(ctx)
		if err != nil {
			return err
		}
		if all {
			resources = append(resources, hidden...)
		}
		list := ui.List{Table: ui.Table{Columns: []string{"name", "path", "backend", "origin", "title"}, Flexible: []string{"path", "title"}}}
		for _, resource := range resources {
			list.Add(resource.Name, resource, []ui.Cell{{Text: resource.Name, Style: ui.Strong},
				{Text: resource.Host + resource.Path}, {Text: string(resource.Backend)}, originCell(resource.Origin),
				{Text: resource.Title, Style: ui.Dim}})
		}
		return a.PrintList(list, "no resources: all are hidden")
	})
}

func originCell(origin panel.Origin) ui.Cell {
	styles := map[panel.Origin]ui.Style{panel.OriginBuiltIn: ui.Dim, panel.OriginHidden: ui.Bad, panel.OriginAdded: ui.Good, panel.OriginChanged: ui.Warn}
	return ui.Cell{Text: string(origin), Style: styles[origin]}
}

func newShow(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME…", Short: "Show live resources, with the permission for each request", Args: app.AtLeast(1, "the name of a resource"),
		Example: app.TrimExample(`
  latchkey resource show orders
  latchkey resource show orders --output json | jq '.requests[] | {method, path, permission}'`),
		Annotations: app.ViewExits(app.ExitUnknown),
		RunE:        func(command *cobra.Command, args []string) error { return showResources(command.Context(), a, args) },
	}
}

func showResources(ctx context.Context, a *app.App, args []string) error {
	return view.Show(ctx, a, args, panel.Panel.ResourcesNamed, func(resource panel.ResourceView) (ui.Object, *panel.Staged) {
		return resourceObject(resource.Resource), resource.Draft
	})
}

// resourceObject is a resource for people: only what there is.
func resourceObject(resource panel.Resource) ui.Object {
	object := ui.Object{Name: resource.Name, Value: resource}
	add := func(key string, cell ui.Cell) {
		if cell.Text != "" || !cell.Time.IsZero() {
			object.Fields = append(object.Fields, ui.Field{Key: key, Value: cell})
		}
	}
	add("resource", ui.Cell{Text: resource.Name, Style: ui.Strong})
	add("title", ui.Cell{Text: resource.Title})
	place := resource.Host + resource.Path
	add("path", ui.Cell{Text: place, Brief: staging.PlaceInWords(place)})
	for _, alias := range resource.Aliases {
		add("alias", ui.Cell{Text: alias, Style: ui.Dim})
	}
	add("parent", ui.Cell{Text: resource.Parent})
	add("backend", ui.Cell{Text: string(resource.Backend)})
	addUpstream(resource.Upstream, add)
	for _, name := range resource.PassFields {
		add("passed field", ui.Cell{Text: name})
	}
	addCORS(resource, add)
	for _, request := range resource.Requests {
		add("request", ui.Cell{Text: request.Method + " " + request.Path + ": " + needOf(request)})
	}
	add("origin", originCell(resource.Origin))
	if resource.ChangedAt != nil {
		add("changed", ui.Cell{Time: *resource.ChangedAt})
	}
	if resource.Revision > 0 {
		add("revision", ui.Cell{Text: fmt.Sprint(resource.Revision)})
	}
	return object
}

// addCORS adds whose pages may use a resource.
func addCORS(resource panel.Resource, add func(key string, cell ui.Cell)) {
	for _, origin := range resource.AllowOrigins {
		add("allowed origin", ui.Cell{Text: origin})
	}
	if resource.AllowCredentials {
		add("credentials", ui.Cell{Text: "of browsers are allowed"})
	}
	if resource.PassCORS {
		add("CORS", ui.Cell{Text: "of the service is passed on"})
	}
}

// needOf is what a request type takes.
func needOf(request panel.RequestType) string {
	switch {
	case request.Anyone:
		return anyoneWord
	case request.AnyUser:
		return anyUserWords
	case request.Permission == nil:
		return "nobody"
	}
	return *request.Permission
}

// addUpstream adds where requests are passed on to, and how.
func addUpstream(up *panel.Upstream, add func(key string, cell ui.Cell)) {
	if up == nil {
		return
	}
	add("upstream", ui.Cell{Text: up.URL})
	add("strip prefix", ui.Cell{Text: up.StripPrefix})
	if up.HostHeader != perms.HostKept {
		add("host header", ui.Cell{Text: up.HostHeader})
	}
	if up.TimeoutSeconds > 0 {
		add("timeout", ui.Cell{Text: fmt.Sprint(up.TimeoutSeconds, " s")})
	}
	if up.MaxBody > 0 {
		add("max body", ui.Cell{Text: fmt.Sprint(up.MaxBody, " bytes")})
	}
}
