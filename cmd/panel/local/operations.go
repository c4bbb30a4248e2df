package local

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/username"
	"latchkey/tokens"
)

// step is one operation as package db takes it: a change of the object of a kind and a name.
type step struct {
	kind   model.Kind
	name   string
	change model.Change
	so     []error // errors that mean that it is so already

	revokeRules bool // with a resource that is removed
	unassign    bool // a role that is removed, from its users
	isAdded     bool // a resource: warn of who may use it from the start
}

// steps makes operations into steps. What they need to know of the catalogue is read once, before.
type steps struct {
	panel  editor
	known  *known
	ensure bool
}

// step makes one operation into a step. What is wrong with it whatever the state is an error here.
func (s *steps) step(operation panel.Operation) (step, error) {
	switch one := operation.(type) {
	case panel.AddUser, panel.EditUser, panel.RemoveUser:
		return s.userStep(operation)
	case panel.EnableToken, panel.RegenerateToken, panel.DisableToken, panel.SuspendToken, panel.ResumeToken:
		return s.tokenStep(operation)
	case panel.AssignRole:
		return s.assignment(one.User, one.Role, edits.Assign)
	case panel.UnassignRole:
		step, err := s.assignment(one.User, one.Role, edits.Unassign)
		step.so = []error{edits.ErrNotAssigned}
		return step, err
	case panel.AddRole, panel.EditRole, panel.RemoveRole:
		return s.roleStep(operation)
	case panel.SetRules:
		return s.setRules(one)
	case panel.RevokeRules:
		return s.revokeRules(one)
	case panel.AddResource, panel.EditResource, panel.RemoveResource:
		return s.resourceStep(operation)
	case panel.SetSetting, panel.UnsetSetting:
		return s.settingStep(operation)
	}
	return step{}, fmt.Errorf("operation %T is not known", operation)
}

func (s *steps) userStep(operation panel.Operation) (step, error) {
	switch one := operation.(type) {
	case panel.AddUser:
		add := warnLookAlike(one.Name, edits.AddUser(one.Email, one.Note))
		step, err := named(model.KindUser, one.Name, add, model.ErrUserExists)
		return step, errors.Join(err, edits.CheckText("email", one.Email), edits.CheckText("note", one.Note))
	case panel.EditUser:
		texts, err := edits.Texts{Name: one.NewName, Email: one.Email, Note: one.Note}.Check()
		change := texts.Set()
		if texts.Name != nil {
			change = warnLookAlike(*texts.Name, change)
		}
		step, nameErr := named(model.KindUser, one.Name, change)
		return step, errors.Join(nameErr, err)
	case panel.RemoveUser:
		return named(model.KindUser, one.Name, edits.Remove(), model.ErrNoUser)
	}
	return step{}, nil
}

func (s *steps) tokenStep(operation panel.Operation) (step, error) {
	now := s.panel.Clock()
	switch one := operation.(type) {
	case panel.EnableToken:
		return named(model.KindUser, one.User, edits.Enable(edits.Fresh{Digest: one.Digest, Expiry: one.Expiry, Now: now}), tokens.ErrAlreadyEnabled)
	case panel.RegenerateToken:
		return named(model.KindUser, one.User, edits.Regenerate(edits.Fresh{Digest: one.Digest, Expiry: one.Expiry, Now: now}, one.Grace))
	case panel.DisableToken:
		return named(model.KindUser, one.User, edits.Disable(), tokens.ErrNotEnabled)
	case panel.SuspendToken:
		return named(model.KindUser, one.User, edits.Suspend(), tokens.ErrAlreadySuspended)
	case panel.ResumeToken:
		return named(model.KindUser, one.User, edits.Resume(), tokens.ErrNotSuspended)
	}
	return step{}, nil
}

func (s *steps) assignment(user, role string, change func(role string) model.Change) (step, error) {
	role, err := username.Canonical(role)
	step, nameErr := named(model.KindUser, user, change(role))
	return step, errors.Join(nameErr, err)
}

func (s *steps) roleStep(operation panel.Operation) (step, error) {
	switch one := operation.(type) {
	case panel.AddRole:
		step, err := named(model.KindRole, one.Name, edits.AddRole(one.Note), model.ErrRoleExists)
		return step, errors.Join(err, edits.CheckText("note", one.Note))
	case panel.EditRole:
		texts, err := edits.Texts{Name: one.NewName, Note: one.Note}.Check()
		step, nameErr := named(model.KindRole, one.Name, texts.Set())
		return step, errors.Join(nameErr, err)
	case panel.RemoveRole:
		step, err := named(model.KindRole, one.Name, edits.Remove(), model.ErrNoRole)
		step.unassign = one.Unassign
		return step, err
	}
	return step{}, nil
}

// holder is the kind of what has rules.
func holder(holder panel.Holder) model.Kind {
	if holder.Role {
		return model.KindRole
	}
	return model.KindUser
}

// setRules refuses a permission that nothing live or staged needs.
func (s *steps) setRules(one panel.SetRules) (step, error) {
	if err := perms.CheckMany(len(one.Patterns)); err != nil {
		return step{}, err
	}
	var err error
	for _, pattern := range one.Patterns {
		err = errors.Join(err, s.known.check(pattern))
	}
	change := edits.SetRules(one.Effect, one.Patterns, one.Until)
	step, nameErr := named(holder(one.Holder), one.Holder.Name, change)
	return step, errors.Join(nameErr, err)
}

// revokeRules refuses a rule that is not there where nothing needs its permission: it is probably misspelt. A rule that is
// there may be for a resource that was removed.
func (s *steps) revokeRules(one panel.RevokeRules) (step, error) {
	revoke := edits.RevokeRules(one.Patterns, s.ensure)
	change := model.Existing(func(target *model.Target) error {
		for _, pattern := range one.Patterns {
			if _, found := target.Next.Rules.Get(pattern); found {
				continue
			}
			if err := s.known.check(pattern); err != nil {
				return err
			}
		}
		return revoke(target)
	})
	step, err := named(holder(one.Holder), one.Holder.Name, change)
	return step, errors.Join(err, perms.CheckMany(len(one.Patterns)))
}

// named is a step on the object of a name, which is brought to its one form.
func named(kind model.Kind, name string, change model.Change, so ...error) (step, error) {
	canonical, err := username.Canonical(name)
	return step{kind: kind, name: canonical, change: change, so: so}, err
}

// warnLookAlike makes a change that, once it has given a name, warns of one that may look like another.
func warnLookAlike(name string, change model.Change) model.Change {
	return func(target *model.Target) error {
		err := change(target)
		if canonical, nameErr := username.Canonical(name); err == nil && nameErr == nil && username.LookAlike(canonical) {
			target.Warn("%s mixes letters of several scripts and may look like another name", canonical)
		}
		return err
	}
}

// asksCatalogue tells whether an operation has to know what is served.
func asksCatalogue(operation panel.Operation) bool {
	switch operation.(type) {
	case panel.SetRules, panel.RevokeRules, panel.AddResource:
		return true
	}
	return false
}

// known are the permissions that something live or staged needs.
type known struct{ live, staged *perms.Catalogue }

// readKnown reads the live catalogue and that of a draft, where an operation asks for it. A draft that does not go together
// with the live resources any more is no matter of rules: then the live ones count.
func (p editor) readKnown(ctx context.Context, operations []panel.Operation, draft string) (*known, error) {
	if !slices.ContainsFunc(operations, asksCatalogue) {
		return &known{}, nil
	}
	live, err := p.Database.Catalogue(ctx, db.State{})
	if err != nil {
		return nil, err
	}
	staged, err := p.Database.Catalogue(ctx, db.StagedBy(p.draft(draft)))
	if errors.Is(err, model.ErrCatalogue) {
		staged, err = live, nil
	}
	return &known{live, staged}, err
}

// check refuses a pattern for a single permission that nothing needs, and suggests the nearest ones.
func (k *known) check(pattern perms.Pattern) error {
	permission, exact := pattern.Exact()
	if !exact || k.live.Known(permission) {
		return nil
	}
	return edits.Known(k.staged, permission)
}
