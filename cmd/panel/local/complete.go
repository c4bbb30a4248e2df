package local

import (
	"context"
	"fmt"

	"latchkey/cmd/panel"
	"latchkey/db/model"
)

// Complete lists names for a shell. Live names are those that the operator may view.
func (p objects) Complete(ctx context.Context, what panel.Completion, prefix string, limit int) ([]string, error) {
	names := p.Database.Names()
	switch what.Kind {
	case panel.CompleteUsers, panel.CompleteRoles, panel.CompleteResources, panel.CompleteSettings:
		return p.completeObjects(ctx, what, prefix, limit)
	case panel.CompleteDrafts:
		return names.Drafts(ctx, p.Operator, prefix, limit)
	case panel.CompleteOperators:
		if err := p.mayView(ctx, viewUsers); err != nil {
			return nil, err
		}
		return names.Operators(ctx, prefix, limit)
	case panel.CompleteRevisions:
		if err := p.mayView(ctx, viewRevisions); err != nil {
			return nil, err
		}
		return names.Revisions(ctx, limit)
	}
	return nil, fmt.Errorf("completion of %q is not known", what.Kind)
}

func (p objects) completeObjects(ctx context.Context, what panel.Completion, prefix string, limit int) ([]string, error) {
	kind, permission := model.KindUser, viewUsers
	switch what.Kind {
	case panel.CompleteRoles:
		kind, permission = model.KindRole, viewRoles
	case panel.CompleteResources:
		kind, permission = model.KindResource, viewResources
	case panel.CompleteSettings:
		kind, permission = model.KindSetting, viewSettings
	}
	var list []string
	if what.Live {
		if err := p.mayView(ctx, permission); err != nil {
			return nil, err
		}
		live, err := p.Database.Names().Live(ctx, kind, prefix, limit)
		if err != nil {
			return nil, err
		}
		list = live
	}
	if !what.Staged {
		return list, nil
	}
	staged, err := p.Database.Names().Staged(ctx, p.draft(what.Draft), kind, prefix, limit)
	return append(list, staged...), err
}
