// Package resource is the commands about resources, and their documents as files.
//
// Numbers such as C4 are requirements: see docs/requirements.md.
package resource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// Commands are the commands of this package.
func Commands(a *app.App) []*cobra.Command {
	return []*cobra.Command{app.Noun("resource", "Resources: what the API serves, and which permission each request takes", `
A resource has a name, a path, the permission for each request type, and a backend. The backend is collection (JSON
documents that latchkey stores), upstream (requests are passed on to another service) or external (another service behind a
proxy that asks latchkey). The resources of a shop are built in; others can be added. Resources are staged and saved like
users. save, diff and discard name them resource:NAME. A running server follows each save.`, `
  latchkey resource add reports
  latchkey resource add grafana --upstream http://127.0.0.1:3000 --strip-prefix /grafana
  latchkey resource list`,
		newList(a), newShow(a), newAdd(a), newEdit(a), newRemove(a), newImport(a), newExport(a))}
}

func newAdd(a *app.App) *cobra.Command {
	var options staging.Options
	var flags shapeFlags
	command := &cobra.Command{
		Use: "add NAME", SuggestFor: []string{"create", "new"}, Short: "Stage a new resource, or bring a hidden one back",
		Args: app.Exactly(1, "the name of a resource"),
		Long: `Stage a new resource: a collection of documents at ` + perms.BasePath + `/NAME with the permissions NAME:view, NAME:create,
NAME:edit, NAME:delete and NAME:delete_all, unless flags say otherwise. With --upstream, what is at /NAME and below it is
passed on to another service. With --parent, the documents hang under those of another resource and take its permissions.

A built-in resource that is hidden comes back as it was built, if only its name is given.

Existing rules may give users access from the start, such as those for all resources (*:view). The command names these users.`,
		Example: app.TrimExample(`
  latchkey resource add reports --title "Weekly reports"
  latchkey resource add notes --parent orders
  latchkey resource add grafana --upstream http://127.0.0.1:3000 --strip-prefix /grafana --permission 'GET=any user'
  latchkey resource add wiki --backend external --path wiki.example.org/ --permission DELETE=-`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return addResource(command.Context(), a, options, &flags, command, args[0])
		},
	}
	options.AddFlags(command)
	flags.addFlags(command)
	app.MayBeEmpty(command, "none", "title")
	return command
}

func addResource(ctx context.Context, a *app.App, options staging.Options, flags *shapeFlags, command *cobra.Command, name string) error {
	fields, err := flags.fields(command)
	if err != nil {
		return err
	}
	edited, err := staging.EditAnd(ctx, a, options, panel.AddResource{Name: name, Fields: fields})
	if err != nil || len(edited.Changes) == 0 {
		return err
	}
	if err := showAdded(ctx, a, options, name); err != nil {
		return err
	}
	catalogue, err := catalogueOf(ctx, a, options)
	if err != nil {
		return err
	}
	return reportDocuments(ctx, a, catalogue, []string{name}, "%d documents of %s are there already, from before")
}

// showAdded shows the new resource as `resource show` does, where the operator may view it.
func showAdded(ctx context.Context, a *app.App, options staging.Options, name string) error {
	printer, err := a.Printer()
	if err != nil || a.Flags.Quiet || printer.Format != ui.FormatDefault || printer.Field != "" {
		return err
	}
	return a.Panel(ctx, false, func(p panel.Panel) error {
		added, err := p.ResourcesNamed(ctx, []string{name}, panel.View{Staged: !options.Save, Draft: a.DraftName()})
		switch kind := errorkind.Of(err); {
		case err == nil:
		case kind == errorkind.Refused, kind == errorkind.Missing: // one that is built in is back when the draft forgets that it is hidden
			return nil
		default:
			return err
		}
		return a.MessagePrinter().Object(resourceObject(added[0].Resource))
	})
}

func newEdit(a *app.App) *cobra.Command {
	var options staging.Options
	var flags shapeFlags
	command := &cobra.Command{
		Use: "edit NAME…", SuggestFor: []string{"change", "set", "modify"}, Short: "Stage changes of resources", Args: app.AtLeast(1, "the name of a resource"),
		Long: `Stage changes of resources. What no flag names stays, and an empty text clears a field. A built-in resource that is changed
is stored whole, and later releases do not change it any more. A resource cannot be renamed, as documents and permissions
use its name.

A new backend brings its usual permissions.`,
		Example: app.TrimExample(`
  latchkey resource edit reports --title "Monthly reports" --alias /api/v2/statements
  latchkey resource edit orders --permission 'DELETE collection=-' --save
  latchkey resource edit grafana --timeout 2m --max-body 100M`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			fields, err := flags.fields(command)
			if err != nil {
				return err
			}
			if fields.IsZero() {
				return app.WrongUsef("nothing to edit: give --title, --path, --permission or another flag of what is to change")
			}
			return staging.Edit(command.Context(), a, options, staging.ForEach(args, func(name string) panel.Operation {
				return panel.EditResource{Name: name, Fields: fields}
			})...)
		},
	}
	options.AddFlags(command)
	flags.addFlags(command)
	app.MayBeEmpty(command, "none", "title", "parent", "strip-prefix", "upstream")
	return command
}

func newRemove(a *app.App) *cobra.Command {
	var options staging.Options
	var revokeRules bool
	command := &cobra.Command{
		Use: "remove NAME…", SuggestFor: []string{"delete", "del", "rm", "hide"}, Short: "Stage the removal of resources", Args: app.AtLeast(1, "the name of a resource"),
		Long: `Stage the removal of resources. A built-in resource is hidden, with those under it. 'latchkey resource add
NAME' brings it back as it was built. Documents stay, and are served again when a resource with the same name is added. To
delete them, use DELETE on the collection before you remove the resource.

Rules that allow its permissions would give access to a later resource with the same name. So the removal is refused while users
or roles have such rules. --revoke-rules revokes these rules in the same edit. Rules for all resources (*:view) and rules
that deny stay.`,
		Example: app.TrimExample(`
  latchkey resource remove reports
  latchkey resource remove reports --revoke-rules
  latchkey resource remove gift_certificates coupons -y --ensure --save`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return removeResources(command.Context(), a, options, args, revokeRules)
		},
	}
	options.AddFlags(command)
	command.Flags().BoolVar(&revokeRules, "revoke-rules", false, "revoke the rules of users and roles that allow its permissions with it")
	return command
}

func removeResources(ctx context.Context, a *app.App, options staging.Options, args []string, revokeRules bool) error {
	options.Question = fmt.Sprintf("Remove the resource %s?", ui.Enumerate(args))
	before, err := catalogueOf(ctx, a, options)
	if err != nil {
		return err
	}
	edited, err := staging.EditAnd(ctx, a, options, staging.ForEach(args, func(name string) panel.Operation {
		return panel.RemoveResource{Name: name, RevokeRules: revokeRules}
	})...)
	if err != nil {
		return err
	}
	var removed []string
	for _, change := range edited.Changes {
		name, isResource := strings.CutPrefix(change.Object, "resource:")
		if isResource && !slices.Contains(removed, name) {
			removed = append(removed, name)
		}
	}
	for _, name := range removed {
		if slices.Contains(edited.Hidden, name) {
			a.Messages().Info("%s is built in, and hidden from now on: 'latchkey resource add %[1]s' brings it back as it was built", name)
		}
	}
	return reportDocuments(ctx, a, before, removed, "the %d documents of %s stay, and are served again when it is added again")
}
