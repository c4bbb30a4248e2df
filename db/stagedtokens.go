package db

import (
	"context"

	"latchkey/db/model"
	"latchkey/tokens"
)

// forgetStagedTokens takes the tokens out of the drafts of a user whose own token a save revokes. Whoever had that token may
// have staged them, and keeps what was shown: a later save of the draft, by the right user, would let a stranger in as
// somebody else. What else is staged stays.
func forgetStagedTokens(ctx context.Context, tx querier, revoking change) error {
	before, after := revoking.before, revoking.after
	if before == nil || after == nil || before.Kind != model.KindUser || !tokens.Revokes(before.Access, after.Access) {
		return nil
	}
	operator := model.Operator{Name: model.OperatorOf(before.Name)}
	names, err := texts(ctx, tx, `SELECT DISTINCT name FROM drafts WHERE operator = ?`, operator.Name)
	if err != nil {
		return err
	}
	for _, name := range names {
		draft := Draft{Operator: operator, Name: name}
		staged, err := loadStaged(ctx, tx, draft)
		if err != nil {
			return err
		}
		for _, one := range staged {
			if err := one.forgetToken(ctx, tx, draft); err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetToken stages what is staged without the token that it has made, if any.
func (s Staged) forgetToken(ctx context.Context, tx querier, draft Draft) error {
	if s.Next == nil || s.Next.Kind != model.KindUser {
		return nil
	}
	var live tokens.Access
	if s.Base != nil {
		live = s.Base.Access
	}
	if !s.Next.Access.Enabled() || s.Next.Access.Current.Equal(live.Current) {
		return nil
	}
	s.Next = s.Next.Clone()
	s.Next.Access = live
	if s.Base != nil && len(s.Differences()) == 0 {
		return dropStaged(ctx, tx, draft, s.ID())
	}
	return keepStaged(ctx, tx, draft, s)
}
