package cmd

import (
	"context"
	"slices"
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
)

// The sources of completion.

func userNames(a *app.App, q question) []string { return objectNames(a, q, model.KindUser) }

func roleNames(a *app.App, q question) []string { return objectNames(a, q, model.KindRole) }

// objectNames lists live objects and, for a verb that edits the draft, those that are staged.
func objectNames(a *app.App, q question, kind model.Kind) []string {
	return lookUp(a, q, func(ctx context.Context, database *db.DB) ([]string, error) {
		names, err := database.Names().Live(ctx, kind, q.typed, mostNames)
		if err != nil || q.command.Flags().Lookup("save") == nil {
			return names, err
		}
		staged, err := database.Names().Staged(ctx, a.Draft(), kind, q.typed, mostNames)
		return append(names, staged...), err
	})
}

// stagedLabels lists what is staged as 'latchkey save' takes it: users by name, others with "role:" or "resource:" before.
func stagedLabels(a *app.App, q question) []string {
	return slices.Concat(stagedOf(a, q, model.KindUser), stagedOf(a, q, model.KindRole), stagedOf(a, q, model.KindResource))
}

func stagedOf(a *app.App, q question, kind model.Kind) []string {
	prefix, begun := strings.CutPrefix(q.typed, model.Label(kind, ""))
	if !begun {
		prefix = "" // "ro" may become "role:any"
	}
	names := lookUp(a, q, func(ctx context.Context, database *db.DB) ([]string, error) {
		return database.Names().Staged(ctx, a.Draft(), kind, prefix, mostNames)
	})
	for i, name := range names {
		names[i] = model.Label(kind, name)
	}
	return names
}

func draftNames(a *app.App, q question) []string {
	return lookUp(a, q, func(ctx context.Context, database *db.DB) ([]string, error) {
		return database.Names().Drafts(ctx, a.Draft().Operator, q.typed, mostNames)
	})
}

func draftOperators(a *app.App, q question) []string {
	return lookUp(a, q, func(ctx context.Context, database *db.DB) ([]string, error) {
		return database.Names().Operators(ctx, q.typed, mostNames)
	})
}

func revisionNumbers(a *app.App, q question) []string {
	return lookUp(a, q, func(ctx context.Context, database *db.DB) ([]string, error) {
		return database.Names().Revisions(ctx, latestRevisions)
	})
}

// offered is the catalogue that completion goes by: what is staged counts for a verb that edits the draft.
func offered(a *app.App, q question) *perms.Catalogue {
	catalogue := perms.Store()
	lookUp(a, q, func(ctx context.Context, database *db.DB) ([]string, error) {
		state := db.State{}
		if q.command.Flags().Lookup("save") != nil {
			state = db.StagedBy(a.Draft())
		}
		found, err := database.Catalogue(ctx, state)
		if err == nil {
			catalogue = found
		}
		return nil, err
	})
	return catalogue
}

func resourceNames(a *app.App, q question) []string {
	var names []string
	for _, resource := range offered(a, q).Resources() {
		names = append(names, resource.Name)
	}
	return names
}

// permissionNames lists the permissions of the catalogue and, once the resource is typed where a rule may have a
// pattern, that for all its actions.
func permissionNames(a *app.App, q question) []string {
	patterns := strings.Contains(q.typed, ":") && strings.Contains(q.command.Use, "PERM…")
	var names []string
	for _, permission := range offered(a, q).Permissions() {
		names = append(names, permission.String())
		if patterns {
			names = append(names, permission.Resource+":*")
		}
	}
	return names
}

func methods(a *app.App, q question) []string {
	var methods []string
	for _, resource := range offered(a, q).Resources() {
		for _, request := range resource.Requests {
			methods = append(methods, request.Method)
		}
	}
	return methods
}

// paths lists the paths that take the method before it, as far as the ids in them are typed.
func paths(a *app.App, q question) []string {
	if len(q.args) == 0 {
		return nil
	}
	method := strings.ToUpper(q.args[len(q.args)-1])
	var paths []string
	for _, resource := range offered(a, q).Resources() {
		for _, request := range resource.Requests {
			if request.Method == method {
				paths = append(paths, withIDs(resource.RequestPath(request), q.typed))
			}
		}
	}
	return paths
}

// withIDs puts the ids of a typed path in the place of each {id}, and ends before the first that is not typed yet.
func withIDs(path, typed string) string {
	segments, given := strings.Split(path, "/"), strings.Split(typed, "/")
	for i, segment := range segments {
		if !strings.HasPrefix(segment, "{") {
			continue
		}
		if i >= len(given)-1 {
			return strings.Join(segments[:i], "/") + "/"
		}
		segments[i] = given[i]
	}
	return strings.Join(segments, "/")
}
