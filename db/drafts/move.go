package drafts

import (
	"context"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/tokens"
)

// Move lets the drafts of a user who was renamed go with them, and forgets those of one who was removed: a later
// user of the name is another one. A name in between makes swaps safe.
func Move(ctx context.Context, tx engine.Tx, changes []model.Update) error {
	for _, change := range changes {
		if change.Before == nil || change.Before.Kind != model.KindUser {
			continue
		}
		operator := model.OperatorOf(change.Before.Name)
		var err error
		switch {
		case change.After == nil:
			_, err = tx.Exec(ctx, `DELETE FROM drafts WHERE operator = ?`, operator)
		case change.After.Name != change.Before.Name:
			_, err = tx.Exec(ctx, `UPDATE drafts SET operator = ? WHERE operator = ?`, fmt.Sprint("user #", change.After.ID), operator)
		}
		if err != nil {
			return err
		}
	}
	for _, change := range changes {
		if change.Before == nil || change.After == nil || change.After.Name == change.Before.Name {
			continue
		}
		_, err := tx.Exec(ctx, `UPDATE drafts SET operator = ? WHERE operator = ?`,
			model.OperatorOf(change.After.Name), fmt.Sprint("user #", change.After.ID))
		if err != nil {
			return err
		}
	}
	return nil
}

// ForgetTokens takes the tokens out of the drafts of a user whose own token a save revokes. Whoever had that token may
// have staged them, and keeps what was shown: a later save of the draft, by the right user, would let a stranger in as
// somebody else. What else is staged stays.
func ForgetTokens(ctx context.Context, tx engine.Tx, revoking model.Update) error {
	before, after := revoking.Before, revoking.After
	if before == nil || after == nil || before.Kind != model.KindUser || !tokens.Revokes(before.Access, after.Access) {
		return nil
	}
	operator := model.Operator{Name: model.OperatorOf(before.Name)}
	names, err := store.Texts(ctx, tx, `SELECT DISTINCT name FROM drafts WHERE operator = ?`, operator.Name)
	if err != nil {
		return err
	}
	for _, name := range names {
		draft := Draft{Operator: operator, Name: name}
		staged, err := Load(ctx, tx, draft)
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
func (s Staged) forgetToken(ctx context.Context, tx engine.Tx, draft Draft) error {
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
		return Drop(ctx, tx, draft, s.ID())
	}
	return Keep(ctx, tx, draft, s)
}
