package cmd

import (
	"context"
	"slices"
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel"
	"latchkey/perms"
	"latchkey/perms/settings"
)

// The sources of completion.

func userNames(a *app.App, q question) []string { return objectNames(a, q, panel.CompleteUsers) }

func roleNames(a *app.App, q question) []string { return objectNames(a, q, panel.CompleteRoles) }

// objectNames lists live objects and, for a verb that edits the draft, those that are staged.
func objectNames(a *app.App, q question, kind panel.CompletionKind) []string {
	staged := q.command.Flags().Lookup("save") != nil
	return complete(a, q, panel.Completion{Kind: kind, Live: true, Staged: staged, Draft: a.DraftName()}, q.typed)
}

// stagedLabels lists what is staged as 'latchkey save' takes it: users by name, others with "role:", "resource:" or "setting:"
// before.
func stagedLabels(a *app.App, q question) []string {
	return slices.Concat(stagedOf(a, q, panel.CompleteUsers, ""), stagedOf(a, q, panel.CompleteRoles, "role:"),
		stagedOf(a, q, panel.CompleteResources, "resource:"), stagedOf(a, q, panel.CompleteSettings, "setting:"))
}

func settingNames(*app.App, question) []string {
	var names []string
	for _, setting := range settings.All() {
		names = append(names, setting.Name)
	}
	return names
}

// settingValues are the values of a setting that has a few.
func settingValues(_ *app.App, q question) []string {
	switch q.args[0] {
	case settings.Catalogue:
		return []string{settings.CatalogueStore, settings.CatalogueNone}
	case settings.MaxGrace:
		return []string{"1h", "24h", "7d"}
	case settings.MaxLifetime, settings.DefaultLifetime:
		return []string{"30d", "90d", "365d"}
	}
	return nil
}

func stagedOf(a *app.App, q question, kind panel.CompletionKind, label string) []string {
	prefix, begun := strings.CutPrefix(q.typed, label)
	if !begun {
		prefix = "" // "ro" may become "role:any"
	}
	names := complete(a, q, panel.Completion{Kind: kind, Staged: true, Draft: a.DraftName()}, prefix)
	for i, name := range names {
		names[i] = label + name
	}
	return names
}

func draftNames(a *app.App, q question) []string {
	return complete(a, q, panel.Completion{Kind: panel.CompleteDrafts}, q.typed)
}

func draftOperators(a *app.App, q question) []string {
	return complete(a, q, panel.Completion{Kind: panel.CompleteOperators}, q.typed)
}

func revisionNumbers(a *app.App, q question) []string {
	return complete(a, q, panel.Completion{Kind: panel.CompleteRevisions}, "")
}

// complete lists names that begin with a prefix.
func complete(a *app.App, q question, what panel.Completion, prefix string) []string {
	limit := mostNames
	if what.Kind == panel.CompleteRevisions {
		limit = latestRevisions
	}
	return lookUp(a, q, func(ctx context.Context, p panel.Panel) ([]string, error) {
		return p.Complete(ctx, what, prefix, limit)
	})
}

// offered is the catalogue that completion goes by: what is staged counts for a verb that edits the draft.
func offered(a *app.App, q question) *perms.Catalogue {
	catalogue := perms.Store()
	lookUp(a, q, func(ctx context.Context, p panel.Panel) ([]string, error) {
		found, err := p.Catalogue(ctx, panel.View{Staged: q.command.Flags().Lookup("save") != nil, Draft: a.DraftName()})
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
