package local

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/perms/errorkind"
	"latchkey/perms/username"
)

// errStop ends a visit whose caller wants no more.
var errStop = errors.New("enough")

// Revisions lists revisions, newest first.
func (p records) Revisions(ctx context.Context, filter panel.LogFilter) iter.Seq2[panel.Recorded, error] {
	return func(yield func(panel.Recorded, error) bool) {
		wanted, err := p.filter(ctx, filter)
		if err == nil {
			err = p.Database.History().Log(ctx, wanted, func(revision history.Revision) error {
				if !yield(recordedOf(revision), nil) {
					return errStop
				}
				return nil
			})
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(panel.Recorded{}, p.suggestFiltered(ctx, err, wanted))
		}
	}
}

// ErrOperator: a text does not say which operator is meant.
var ErrOperator = errorkind.Invalid.New("is no operator")

// CountRevisions counts what a filter chooses.
func (p records) CountRevisions(ctx context.Context, filter panel.LogFilter) (int64, error) {
	wanted, err := p.filter(ctx, filter)
	if err != nil {
		return 0, err
	}
	count, err := p.Database.History().Count(ctx, wanted)
	return count, p.suggestFiltered(ctx, err, wanted)
}

// suggestFiltered adds the names that come nearest to an error about one that a filter has.
func (p records) suggestFiltered(ctx context.Context, err error, filter history.Filter) error {
	err = p.suggest(ctx, err, "", model.KindUser, filter.User)
	err = p.suggest(ctx, err, "", model.KindRole, filter.Role)
	return p.suggest(ctx, err, "", model.KindResource, filter.Resource)
}

func (p records) filter(ctx context.Context, filter panel.LogFilter) (history.Filter, error) {
	if err := p.mayView(ctx, viewRevisions); err != nil {
		return history.Filter{}, err
	}
	wanted := history.Filter{Resource: filter.Resource, Operator: filter.Operator, Since: filter.Since, Until: filter.Until,
		Skip: filter.Skip, Limit: int(filter.Limit)}
	if filter.Operator != "" && !strings.Contains(filter.Operator, ":") {
		return wanted, fmt.Errorf("%q %w: write os:%[1]s or user:%[1]s", filter.Operator, ErrOperator)
	}
	var userErr, roleErr error
	if filter.Label != "" {
		if err := p.chooseLabel(ctx, &filter); err != nil {
			return wanted, err
		}
		wanted.Resource = filter.Resource
	}
	if filter.User != "" {
		wanted.User, userErr = username.Canonical(filter.User)
	}
	if filter.Role != "" {
		wanted.Role, roleErr = username.Canonical(filter.Role)
	}
	return wanted, errors.Join(userErr, roleErr)
}

// chooseLabel sets the field of a filter that its label means.
func (p records) chooseLabel(ctx context.Context, filter *panel.LogFilter) error {
	if filter.User+filter.Role+filter.Resource != "" {
		return fmt.Errorf("%q %w: another name is given besides", filter.Label, panel.ErrAmbiguous)
	}
	label, err := model.CanonicalLabel(filter.Label)
	if err != nil {
		return err
	}
	kind, name := model.ParseLabel(label)
	if kind == model.KindUser {
		kinds, err := p.Database.History().Kinds(ctx, name)
		switch {
		case err != nil:
			return err
		case len(kinds) == 0:
			return p.suggest(ctx, fmt.Errorf("%w, role or resource: %s", model.ErrNoUser, name), "", model.KindUser, name)
		case len(kinds) > 1:
			return fmt.Errorf("%q %w: a %s and a %s have had this name", name, panel.ErrAmbiguous, kinds[0], kinds[1])
		}
		kind = kinds[0]
	}
	*map[model.Kind]*string{model.KindUser: &filter.User, model.KindRole: &filter.Role, model.KindResource: &filter.Resource}[kind] = name
	return nil
}

// Revision shows one revision.
func (p records) Revision(ctx context.Context, number int64) (panel.Recorded, error) {
	if err := p.mayView(ctx, viewRevisions); err != nil {
		return panel.Recorded{}, err
	}
	revision, err := p.Database.History().Revision(ctx, number)
	if err != nil {
		return panel.Recorded{}, p.suggestRevision(ctx, err)
	}
	return recordedOf(revision), nil
}

// Between compares the states after two revisions.
func (p records) Between(ctx context.Context, from, to int64) ([]panel.Changed, error) {
	if err := p.mayView(ctx, viewRevisions); err != nil {
		return nil, err
	}
	changes, err := p.Database.History().Between(ctx, from, to)
	if err != nil {
		return nil, p.suggestRevision(ctx, err)
	}
	return recordedOf(history.Revision{Changes: changes}).Changes, nil
}

// ErrHead: a text is no head.
var ErrHead = errorkind.Invalid.New("no head: 64 hex digits, as a save prints it")

// VerifyLog computes the chain anew.
func (p records) VerifyLog(ctx context.Context, head string) (panel.VerifiedLog, error) {
	if err := p.mayView(ctx, viewRevisions); err != nil {
		return panel.VerifiedLog{}, err
	}
	var kept *model.Head
	if head != "" {
		parsed, err := model.ParseHead(head)
		if err != nil {
			return panel.VerifiedLog{}, errors.Join(ErrHead, err)
		}
		kept = &parsed
	}
	verified, err := p.Database.History().Verify(ctx, kept)
	if err != nil {
		return panel.VerifiedLog{}, err
	}
	return verifiedLog(verified), nil
}

func verifiedLog(verified history.Verified) panel.VerifiedLog {
	shape := panel.VerifiedLog{Revisions: verified.Revisions}
	if verified.Revisions > 0 {
		shape.Head = verified.Head.String()
	}
	if verified.Kept > 0 {
		since := verified.Revisions - verified.Kept
		shape.Kept, shape.Since = &verified.Kept, &since
	}
	return shape
}

// Rollback edits what a revision changed back to what it was.
func (p editor) Rollback(ctx context.Context, number int64, options panel.EditOptions) (panel.RolledBack, error) {
	if err := errors.Join(checkOptions(options), p.mayView(ctx, viewRevisions)); err != nil {
		return panel.RolledBack{}, err
	}
	var done panel.RolledBack
	draft := p.draft(options.Draft)
	stage := p.Database.StageRollback
	if options.Save {
		stage = func(ctx context.Context, draft drafts.Draft, number int64) (db.Edited, error) {
			return p.Database.Confirmed(options.Confirm).SaveRollback(ctx, draft, number, options.Message)
		}
	}
	edited, err := stage(ctx, draft, number)
	if err != nil {
		return done, p.suggestRevision(ctx, err)
	}
	done.Edited, done.Left = editedOf(edited), unrestored(edited.Unrestored)
	if len(done.Changes) == 0 && len(done.Left) > 0 {
		err = fmt.Errorf("revision %d %w: nothing was changed", number, db.ErrIrreversible)
	}
	return done, err
}

var whyUnrestored = map[db.Why]panel.WhyUnrestored{
	db.AccessStaysOff: panel.AccessStaysOff, db.TokenStays: panel.TokenStays, db.RuleEnded: panel.RuleEnded,
	db.StaysSuspended: panel.StaysSuspended,
}

func unrestored(left []db.Unrestored) []panel.Unrestored {
	shapes := make([]panel.Unrestored, 0, len(left))
	for _, one := range left {
		shapes = append(shapes, panel.Unrestored{Object: one.Label(), Name: one.Name, Field: one.Field, Was: one.Was, Why: whyUnrestored[one.Why]})
	}
	return shapes
}
