package resource

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"latchkey/cmd/internal/app"
	"latchkey/db/data"
	"latchkey/db/model"
	"latchkey/perms"
)

// servedBy is what is served under a name by what is laid over the built-in resource; nil: nothing.
func servedBy(name string, laid *model.Object) perms.Resource {
	if laid != nil {
		return laid.Served()
	}
	built, _ := perms.Store().Resource(name)
	return built
}

// collections are resources whose documents may stay when they go, and be there when they come.
type collections []perms.Resource

// add adds one. A change can be made twice, as a preview comes before it.
func (c *collections) add(resource perms.Resource) {
	same := func(other perms.Resource) bool { return other.Name == resource.Name }
	if resource.Backend == perms.Documents && !slices.ContainsFunc(*c, same) {
		*c = append(*c, resource)
	}
}

// reportDocuments prints how many documents there are of each, in words with a place for their number and one for the name.
func reportDocuments(ctx context.Context, a *app.App, resources collections, words string) {
	if len(resources) == 0 || a.Flags.Quiet {
		return
	}
	counts, err := countDocuments(ctx, a, resources)
	if err != nil {
		a.Messages().Warn("the documents could not be counted: %v", err)
	}
	for _, resource := range resources {
		count, tip, rest := counts[resource.Name], "", []any{}
		if count == 0 {
			continue
		}
		if slices.ContainsFunc(resource.Requests, deletesAll) {
			tip, rest = "; while it is served, DELETE %s deletes them", []any{resource.Host + resource.Path}
		}
		a.Messages().Info(words+tip, append([]any{count, resource.Name}, rest...)...)
	}
}

func deletesAll(request perms.Request) bool {
	return request.Endpoint == perms.Collection && request.Method == http.MethodDelete
}

// countDocuments counts the documents of resources, those of all parents together.
func countDocuments(ctx context.Context, a *app.App, resources collections) (map[string]int64, error) {
	path, _, err := a.DatabasePath()
	if err != nil {
		return nil, err
	}
	documents, err := data.OpenReadOnly(ctx, data.PathBeside(path))
	if errors.Is(err, data.ErrMissing) {
		return map[string]int64{}, nil
	}
	if err != nil {
		return nil, err
	}
	counts := map[string]int64{}
	for _, resource := range resources {
		count, countErr := documents.Count(ctx, data.Collection{Resource: resource.Name}, nil)
		err = errors.Join(err, countErr)
		counts[resource.Name] = count
	}
	return counts, errors.Join(err, documents.Close())
}
