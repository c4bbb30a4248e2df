package db

import (
	"context"
	"errors"
	"slices"
	"strings"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms"
	"latchkey/perms/errorkind"
	"latchkey/tokens"
)

// Lockout is the confirmation that a [LockoutError] asks for.
const Lockout = "lockout"

// LockoutError is the error of a save that nobody, or not the operator, could undo over HTTPS. Nothing was saved. One that is
// [DB.Confirmed] with [Lockout] is saved all the same.
type LockoutError struct{ Reasons []string }

// Error says why.
func (e *LockoutError) Error() string {
	return "a confirmation is needed: " + strings.Join(e.Reasons, "; ")
}

// ErrorKind is that of an error that a confirmation overcomes.
func (e *LockoutError) ErrorKind() errorkind.Kind { return errorkind.Unconfirmed }

// Confirmation is what overcomes it.
func (e *LockoutError) Confirmation() string { return Lockout }

// lockoutConfirmed tells whether [Lockout] is confirmed, alone or with a number of tokens.
func (tx transaction) lockoutConfirmed() bool {
	return tx.confirmation == Lockout || strings.HasPrefix(tx.confirmation, Lockout+",")
}

// lockout is what has to be known of the state before some changes, to refuse them once they are made.
type lockout struct {
	changes []model.Update
	held    bool            // a user may do everything, and the changes could end that
	undoer  *model.Operator // who could undo them, if the changes are of that user; nil: nobody has to be asked about
}

// lockoutBy looks at the state before changes.
func lockoutBy(ctx context.Context, tx transaction, operator model.Operator, changes []model.Update) (found lockout, err error) {
	if tx.lockoutConfirmed() {
		return lockout{}, nil
	}
	found.changes = changes
	found.held, err = mayEndEverything(ctx, tx, changes)
	if err == nil && found.held {
		found.held, err = anybodyEverything(ctx, tx)
	}
	if err == nil {
		found.undoer, err = undoerOf(ctx, tx, operator, changes)
	}
	return found, err
}

// refuse returns a [LockoutError] where, now that the changes are made, the last user who may do everything is gone, or
// the operator could have undone them and cannot any more.
func (l lockout) refuse(ctx context.Context, tx transaction) error {
	var reasons []string
	if l.held {
		still, err := anybodyEverything(ctx, tx)
		if err != nil {
			return err
		}
		if !still {
			reasons = append(reasons, "no user with API access would have *:* any more, without an end and with nothing denied")
		}
	}
	if l.undoer != nil {
		err := mayUndo(ctx, tx, *l.undoer, l.changes)
		if err != nil && !isRefusal(err) {
			return err
		}
		if err != nil {
			reasons = append(reasons, l.undoer.As+" could not undo it")
		}
	}
	if len(reasons) == 0 {
		return nil
	}
	return &LockoutError{reasons}
}

func isRefusal(err error) bool { return errors.Is(err, perms.ErrRefused) || errors.Is(err, ErrActor) }

// undoerOf is the operator as the changes leave the user whom they act as, if the changes are of that user and could be undone by
// them as it is; else nil.
func undoerOf(ctx context.Context, tx transaction, operator model.Operator, changes []model.Update) (*model.Operator, error) {
	if operator.As == "" {
		return nil, nil //nolint:nilnil // nobody is
	}
	self, err := tx.loadActor(ctx, operator)
	if err != nil {
		return nil, err
	}
	after, touched := operator, false
	after.Presented = tokens.Digest{} // the token may be what changes
	for _, change := range changes {
		switch {
		case change.Before == nil:
		case change.Before.ID == self.ID:
			touched = true
			if change.After != nil {
				after.As = change.After.Name
			}
		case change.Before.Kind == model.KindRole && self.HasRole(change.Before.Name):
			touched = touched || !keepsRules(change)
		}
	}
	if !touched {
		return nil, nil //nolint:nilnil // nobody is
	}
	before := operator
	before.Presented = tokens.Digest{}
	if err := mayUndo(ctx, tx, before, changes); err != nil {
		if isRefusal(err) {
			err = nil
		}
		return nil, err
	}
	return &after, nil
}

// rolesWithEverything names the roles that allow *:*.
const rolesWithEverything = `SELECT name FROM objects JOIN rules ON rules.object_id = objects.id
	WHERE kind = 'role' AND pattern = '*:*' AND effect = 'allow'`

// mayEndEverything tells whether changes could take from a user that they may do everything. It looks at the changes alone, and
// at few roles: most saves do not.
func mayEndEverything(ctx context.Context, tx transaction, changes []model.Update) (bool, error) {
	roles, err := store.Texts(ctx, tx, rolesWithEverything)
	for _, change := range changes {
		before := change.Before
		if before == nil || before.Kind == model.KindResource {
			continue
		}
		given := allowsEverything(before.Rules) || slices.ContainsFunc(before.Roles, func(role string) bool { return slices.Contains(roles, role) })
		kept := keepsRules(change) && slices.Equal(before.Roles, change.After.Roles) && change.After.Access.Enabled() == before.Access.Enabled() &&
			change.After.Access.Suspended == before.Access.Suspended && change.After.Access.ExpiresAt.Equal(before.Access.ExpiresAt)
		if given && !kept || before.Kind == model.KindRole && change.After != nil && slices.ContainsFunc(change.After.Rules, denies) {
			return true, err
		}
	}
	return false, err
}

func allowsEverything(rules perms.Rules) bool {
	rule, found := rules.Get(perms.Pattern{Resource: "*", Action: "*"})
	return found && rule.Effect == perms.Allow
}

func denies(rule perms.Rule) bool { return rule.Effect == perms.Deny }

// usersWithEverything are the numbers of the users to whom a rule of their own, or of a role, allows *:*.
const usersWithEverything = `SELECT object_id FROM rules WHERE pattern = '*:*' AND effect = 'allow'
	UNION SELECT user_id FROM rules JOIN assignments ON role_id = object_id WHERE pattern = '*:*' AND effect = 'allow'`

// anybodyEverything tells whether some user with API access may do everything. A damaged one does not count: that user cannot
// authenticate.
func anybodyEverything(ctx context.Context, tx transaction) (bool, error) {
	now, err := tx.now(ctx)
	if err != nil {
		return false, err
	}
	limits, err := tx.limits(ctx)
	if err != nil {
		return false, err
	}
	var candidates []int64
	err = tx.Each(ctx, func(row engine.Row) error {
		var id int64
		err := row.Scan(&id)
		candidates = append(candidates, id)
		return err
	}, usersWithEverything)
	for _, id := range candidates {
		if err != nil {
			return false, err
		}
		user, loadErr := store.ByID(ctx, tx, id)
		if loadErr != nil || user.Kind != model.KindUser || !user.Access.Works(now, limits) {
			err = ignore(loadErr, model.ErrDamaged)
			continue
		}
		rules, rulesErr := store.EffectiveRules(ctx, tx, &user)
		if rulesErr == nil && perms.Everything(rules, now) {
			return true, nil
		}
		err = ignore(rulesErr, model.ErrDamaged)
	}
	return false, err
}
