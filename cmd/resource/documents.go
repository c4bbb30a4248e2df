package resource

import (
	"context"
	"net/http"
	"slices"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/panel"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// catalogueOf is the catalogue that an edit finds, or leaves: the live one with --save, else that of the draft, as long as
// that goes together with the live one.
func catalogueOf(ctx context.Context, a *app.App, options staging.Options) (catalogue *perms.Catalogue, err error) {
	err = a.Panel(ctx, false, func(p panel.Panel) error {
		catalogue, err = p.Catalogue(ctx, panel.View{Staged: !options.Save, Draft: a.DraftName()})
		if errorkind.Of(err) == errorkind.State {
			catalogue, err = p.Catalogue(ctx, panel.View{})
		}
		return err
	})
	return catalogue, err
}

// reportDocuments prints how many stored documents there are of resources that came or went, in words with a place for
// their number and one for the name. The catalogue is the one that has them.
func reportDocuments(ctx context.Context, a *app.App, catalogue *perms.Catalogue, names []string, words string) error {
	if a.Flags.Quiet {
		return nil
	}
	return a.Panel(ctx, false, func(p panel.Panel) error {
		for _, name := range names {
			resource, _ := catalogue.Resource(name)
			if resource.Backend != perms.Documents {
				continue
			}
			count, err := p.CountDocuments(ctx, name)
			if err != nil {
				a.Messages().Warn("the documents could not be counted: %v", err)
			}
			if count > 0 {
				a.Messages().Info(words+howToDelete(resource), count, name)
			}
		}
		return nil
	})
}

// howToDelete says which request deletes the documents of a resource; "" where none does.
func howToDelete(resource perms.Resource) string {
	if !slices.ContainsFunc(resource.Requests, deletesAll) {
		return ""
	}
	return "; while it is served, DELETE " + resource.Host + resource.Path + " deletes them"
}

func deletesAll(request perms.Request) bool {
	return request.Endpoint == perms.Collection && request.Method == http.MethodDelete
}
