package local

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/errorkind"
	"latchkey/perms/username"
)

// mostCompared is how many names a mistyped one is compared with: those that begin like it.
const mostCompared = 10_000

// viewOf is the permission to view the objects of a kind.
var viewOf = map[model.Kind]perms.Permission{model.KindUser: viewUsers, model.KindRole: viewRoles, model.KindResource: viewResources,
	model.KindSetting: viewSettings}

// suggest adds the names that come nearest to an error about an object that is not there; only such as the operator may
// view, by their own rules: that a request was authorized for something else does not count. Where several names are asked
// for and more than one is not there, it suggests none.
func (c *core) suggest(ctx context.Context, err error, draft string, kind model.Kind, names ...string) error {
	if kind == model.KindSetting || !errors.Is(err, kind.Missing()) || len(errorkind.NearestOf(err)) > 0 || c.Database.Require(ctx, c.Operator, viewOf[kind]) != nil {
		return err
	}
	var missing, near []string
	for _, name := range names {
		if canonical, nameErr := username.Canonical(name); nameErr == nil {
			name = canonical
		}
		known := c.namesLike(ctx, draft, kind, name)
		if !slices.Contains(known, name) && !slices.Contains(missing, name) {
			missing, near = append(missing, name), errorkind.Nearest(name, known)
		}
	}
	if len(missing) != 1 {
		return err
	}
	return errorkind.Suggest(err, near)
}

// suggestFor is suggest for an edit: of the objects that it is about, and of the roles that it gives.
func (c *core) suggestFor(ctx context.Context, err error, edit db.Edit, operations []panel.Operation) error {
	var roles []string
	for _, operation := range operations {
		if assign, ok := operation.(panel.AssignRole); ok {
			roles = append(roles, assign.Role)
		}
	}
	if errors.Is(err, edit.Kind.Missing()) {
		return c.suggest(ctx, err, edit.Draft.Name, edit.Kind, edit.Names...)
	}
	return c.suggest(ctx, err, edit.Draft.Name, model.KindRole, roles...)
}

// namesLike are the names of a kind, live and in the operator's draft, that begin like a name. That they cannot be read is
// no reason to report another error.
func (c *core) namesLike(ctx context.Context, draft string, kind model.Kind, name string) []string {
	_, size := utf8.DecodeRuneInString(name)
	names, _ := c.Database.Names().Live(ctx, kind, name[:size], mostCompared)
	staged, _ := c.Database.Names().Staged(ctx, c.draft(draft), kind, name[:size], mostCompared)
	names = append(names, staged...)
	if kind != model.KindResource {
		return names
	}
	catalogue, err := c.Database.Catalogue(ctx, db.State{})
	if err != nil {
		return names
	}
	for _, resource := range catalogue.Resources() {
		names = append(names, resource.Name)
	}
	return names
}

// suggestRevision adds the newest revision to an error about one that there is not, for an operator who may view revisions.
func (c *core) suggestRevision(ctx context.Context, err error) error {
	if !errors.Is(err, model.ErrNoRevision) || c.Database.Require(ctx, c.Operator, viewRevisions) != nil {
		return err
	}
	newest, lookErr := c.Database.Names().Revisions(ctx, 1)
	if lookErr != nil {
		return err
	}
	return errorkind.Suggest(err, newest)
}
