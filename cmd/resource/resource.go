// Package resource is the commands about resources, and their documents as files.
package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// Commands are the commands of this package.
func Commands(a *app.App) []*cobra.Command {
	return []*cobra.Command{app.Noun("resource", "Resources: what the API serves, and which permission each request takes", `
A resource has a name, a path, the permission for each request type, and a backend: collection (JSON documents that
latchkey stores), upstream (requests are passed on to another service) or external (another service behind a proxy that
asks latchkey). Those of a shop are built in; others are laid over them. Resources are staged and saved like users; save,
diff and discard name them resource:NAME. A running server follows each save.`, `
  latchkey resource add reports
  latchkey resource add grafana --upstream http://127.0.0.1:3000 --strip-prefix /grafana
  latchkey resource list`,
		newList(a), newShow(a), newAdd(a), newEdit(a), newRemove(a), newImport(a), newExport(a))}
}

// namesOfResources are the resources that a command names: each must be a name that a permission can begin with.
func namesOfResources(args []string) ([]string, error) {
	for _, name := range args {
		if _, err := perms.ParsePermission(name + ":view"); err != nil {
			return nil, app.WrongUsef("%q is no name of a resource: it is a letter a-z, then a-z, 0-9 and _", name)
		}
	}
	return args, nil
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

A built-in resource that is hidden comes back as it was built, when nothing but its name is given.`,
		Example: app.TrimExample(`
  latchkey resource add reports --title "Weekly reports"
  latchkey resource add notes --parent orders
  latchkey resource add grafana --upstream http://127.0.0.1:3000 --strip-prefix /grafana --permission 'GET=any user'
  latchkey resource add wiki --backend external --path wiki.example.org/ --permission DELETE=-`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return addResource(command.Context(), a, options, &flags, command, args)
		},
	}
	options.AddFlags(command)
	flags.addFlags(command)
	return command
}

func addResource(ctx context.Context, a *app.App, options staging.Options, flags *shapeFlags, command *cobra.Command, args []string) error {
	names, err := namesOfResources(args)
	if err != nil {
		return err
	}
	shape, err := flags.shape(command)
	if err != nil {
		return err
	}
	options.Known = new(staging.KnownPermissions)
	var added collections
	change := func(subject *model.Subject) error {
		fresh, err := edits.FreshResource(names[0], flags.wantedBackend(), flags.parent, options.Known.Staged)
		if err != nil {
			return err
		}
		if err := edits.AddResource(fresh, shape)(subject); err != nil {
			return err
		}
		added.add(servedBy(subject.Name, subject.Next))
		return nil
	}
	err = staging.Edit(ctx, a, options, model.KindResource, names, options.IgnoreIf(change, model.ErrResourceExists))
	if err == nil {
		reportDocuments(ctx, a, added, "%d documents of %s are there already, from before")
	}
	return err
}

func newEdit(a *app.App) *cobra.Command {
	var options staging.Options
	var flags shapeFlags
	command := &cobra.Command{
		Use: "edit NAME…", SuggestFor: []string{"change", "set", "modify"}, Short: "Stage changes of resources", Args: app.AtLeast(1, "the name of a resource"),
		Long: `Stage changes of resources; what no flag names stays, and an empty text clears. A built-in resource that is changed is
laid over whole: a later release does not change it any more. There is no rename, as documents and permissions go by the
name.

Another backend comes with that backend's usual permissions.`,
		Example: app.TrimExample(`
  latchkey resource edit reports --title "Monthly reports" --alias /api/v2/statements
  latchkey resource edit orders --permission 'DELETE collection=-' --save
  latchkey resource edit grafana --timeout 2m --max-body 100M`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			names, namesErr := namesOfResources(args)
			shape, err := flags.shape(command)
			if err := errors.Join(namesErr, err); err != nil {
				return err
			}
			if shape == nil {
				return app.WrongUsef("%w: give --title, --path, --permission or another flag of what is to change", edits.ErrNothing)
			}
			return staging.Edit(command.Context(), a, options, model.KindResource, names, edits.EditResource(shape))
		},
	}
	options.AddFlags(command)
	flags.addFlags(command)
	return command
}

func newRemove(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "remove NAME…", SuggestFor: []string{"delete", "del", "rm", "hide"}, Short: "Stage the removal of resources", Args: app.AtLeast(1, "the name of a resource"),
		Long: `Stage the removal of resources. A built-in one is hidden, with those under it: 'latchkey resource add NAME' brings it back
as it was built. Documents stay where they are, and are served again when a resource of the name is added: DELETE of the
collection deletes them first, as long as it is served.`,
		Example: app.TrimExample(`
  latchkey resource remove reports
  latchkey resource remove gift_certificates coupons -y --ensure --save`),
		Annotations: app.EditExits(app.ExitUnconfirmed),
		RunE: func(command *cobra.Command, args []string) error {
			return removeResources(command.Context(), a, options, args)
		},
	}
	options.AddFlags(command)
	return command
}

func removeResources(ctx context.Context, a *app.App, options staging.Options, args []string) error {
	names, err := namesOfResources(args)
	if err != nil {
		return err
	}
	options.Question = fmt.Sprintf("Remove the resource %s?", ui.Enumerate(names))
	var hidden []string // printed only once the edit is made
	var removed collections
	remove := func(subject *model.Subject) error {
		before := servedBy(subject.Name, subject.Next)
		err := edits.RemoveResource()(subject)
		if err == nil {
			removed.add(before)
		}
		if err == nil && subject.Next != nil && !slices.Contains(hidden, subject.Name) { // a preview comes first
			hidden = append(hidden, subject.Name)
		}
		return err
	}
	err = staging.Edit(ctx, a, options, model.KindResource, names, options.IgnoreIf(remove, model.ErrNoResource))
	if err != nil {
		return err
	}
	for _, name := range hidden {
		a.Messages().Info("%s is built in, and hidden from now on: 'latchkey resource add %[1]s' brings it back as it was built", name)
	}
	reportDocuments(ctx, a, removed, "the %d documents of %s stay, and are served again when it is added again")
	return nil
}
