package cmd

import (
	"context"
	"slices"
	"strings"

	"latchkey/db"
	"latchkey/perms"
)

// The sources of completion.

func (a *App) userNames(q question) []string { return a.objectNames(q, db.KindUser) }

func (a *App) roleNames(q question) []string { return a.objectNames(q, db.KindRole) }

// objectNames lists live objects and, for a verb that edits the draft, those that are staged.
func (a *App) objectNames(q question, kind db.Kind) []string {
	return a.lookUp(q, func(ctx context.Context, database *db.DB) ([]string, error) {
		names, err := database.NamesWithPrefix(ctx, kind, q.typed, mostNames)
		if err != nil || q.command.Flags().Lookup("save") == nil {
			return names, err
		}
		staged, err := database.StagedNames(ctx, a.draft(), kind, q.typed, mostNames)
		return append(names, staged...), err
	})
}

// stagedLabels lists what is staged as 'latchkey save' takes it: users by name, others with "role:" or "resource:" before.
func (a *App) stagedLabels(q question) []string {
	return slices.Concat(a.stagedOf(q, db.KindUser), a.stagedOf(q, db.KindRole), a.stagedOf(q, db.KindResource))
}

func (a *App) stagedOf(q question, kind db.Kind) []string {
	prefix, begun := strings.CutPrefix(q.typed, db.Label(kind, ""))
	if !begun {
		prefix = "" // "ro" may become "role:any"
	}
	names := a.lookUp(q, func(ctx context.Context, database *db.DB) ([]string, error) {
		return database.StagedNames(ctx, a.draft(), kind, prefix, mostNames)
	})
	for i, name := range names {
		names[i] = db.Label(kind, name)
	}
	return names
}

func (a *App) draftNames(q question) []string {
	return a.lookUp(q, func(ctx context.Context, database *db.DB) ([]string, error) {
		return database.DraftNames(ctx, a.draft().Operator, q.typed, mostNames)
	})
}

func (a *App) draftOperators(q question) []string {
	return a.lookUp(q, func(ctx context.Context, database *db.DB) ([]string, error) {
		return database.DraftOperators(ctx, q.typed, mostNames)
	})
}

func (a *App) revisionNumbers(q question) []string {
	return a.lookUp(q, func(ctx context.Context, database *db.DB) ([]string, error) {
		return database.LatestRevisions(ctx, latestRevisions)
	})
}

// offered is the catalogue that completion goes by: what is staged counts for a verb that edits the draft.
func (a *App) offered(q question) *perms.Catalogue {
	catalogue := perms.Store()
	a.lookUp(q, func(ctx context.Context, database *db.DB) ([]string, error) {
		state := db.State{}
		if q.command.Flags().Lookup("save") != nil {
			state = db.StagedBy(a.draft())
		}
		found, err := database.Catalogue(ctx, state)
		if err == nil {
			catalogue = found
		}
		return nil, err
	})
	return catalogue
}

func (a *App) resourceNames(q question) []string {
	var names []string
	for _, resource := range a.offered(q).Resources() {
		names = append(names, resource.Name)
	}
	return names
}

// permissionNames lists the permissions of the catalogue and, once the resource is typed where a rule may have a
// pattern, that for all its actions.
func (a *App) permissionNames(q question) []string {
	patterns := strings.Contains(q.typed, ":") && strings.Contains(q.command.Use, "PERM…")
	var names []string
	for _, permission := range a.offered(q).Permissions() {
		names = append(names, permission.String())
		if patterns {
			names = append(names, permission.Resource+":*")
		}
	}
	return names
}

func (a *App) methods(q question) []string {
	var methods []string
	for _, resource := range a.offered(q).Resources() {
		for _, request := range resource.Requests {
			methods = append(methods, request.Method)
		}
	}
	return methods
}

// paths lists the paths that take the method before it, as far as the ids in them are typed.
func (a *App) paths(q question) []string {
	if len(q.args) == 0 {
		return nil
	}
	method := strings.ToUpper(q.args[len(q.args)-1])
	var paths []string
	for _, resource := range a.offered(q).Resources() {
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
