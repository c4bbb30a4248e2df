package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms/errorkind"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

// ErrClockBehind: the clock is behind what is proved to have passed, and a save would do more than take something away.
var ErrClockBehind = errorkind.State.New("the clock is behind")

// clock is what a database is told of the time.
type clock struct {
	read func() time.Time
	mark func() verifiedtime.Mark
}

func (o Options) clock() clock {
	if o.ClockMark == nil {
		return clock{o.Clock, func() verifiedtime.Mark { return verifiedtime.Mark{} }}
	}
	return clock{o.Clock, o.ClockMark}
}

// now holds the clock against what the state that a transaction reads proves.
func (c clock) now(ctx context.Context, tx engine.Tx) (verifiedtime.Time, error) {
	proof, err := c.proof(ctx, tx)
	if err != nil {
		return verifiedtime.Time{}, err
	}
	return verifiedtime.Verify(c.read(), proof), nil
}

// proof is what is proved by the state that a transaction reads, and from elsewhere.
func (c clock) proof(ctx context.Context, tx engine.Tx) (verifiedtime.Proof, error) {
	proof, err := history.Proof(ctx, tx)
	proof.Mark = c.mark()
	return proof, err
}

// TimeProof is what proves how much time has passed.
func (v View) TimeProof(ctx context.Context) (proof verifiedtime.Proof, err error) {
	err = v.read(ctx, func(tx engine.Tx) error {
		proof, err = v.clock.proof(ctx, tx)
		return err
	})
	return proof, err
}

// savedAt is when a save is made that makes these changes: never before the last one, so that the newest revision proves
// all time that any has proved. While the clock is behind it is [ErrClockBehind], unless the changes only take away: when
// what they give ended could not be told.
func (tx transaction) savedAt(ctx context.Context, changes []model.Update) (time.Time, error) {
	now, err := tx.now(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if now.Behind() {
		err = tx.refuseGiving(ctx, now, changes)
	}
	return now.At().UTC().Truncate(time.Millisecond), err
}

func (tx transaction) refuseGiving(ctx context.Context, now verifiedtime.Time, changes []model.Update) error {
	giving, err := tx.giving(ctx, changes)
	if giving == nil {
		return err
	}
	return fmt.Errorf("%w: it shows %s, but %s has passed: until it is right, saves may only take away, and the change of %s does more",
		ErrClockBehind, tx.clock.read().UTC().Format(time.RFC3339), now.At().UTC().Format(time.RFC3339), model.Label(giving.Object().Kind, giving.Object().Name))
}

// giving finds a change that does more than take away, in a transaction that has not made it yet; nil for none.
func (tx transaction) giving(ctx context.Context, changes []model.Update) (*model.Update, error) {
	live, err := store.Roles(ctx, tx)
	if err != nil {
		return nil, err
	}
	served, err := liveCatalogues(ctx, tx)
	if err != nil {
		return nil, err
	}
	next := objectsAfter(model.KindRole, live, changes, nil)
	for i, change := range changes {
		if !forPermission(change, live, next, served).OnlyTakesAway() {
			return &changes[i], nil
		}
	}
	return nil, nil //nolint:nilnil // none is an answer
}

// accessEnds reports whether nothing is left of an object's API access, or all but its retiring token.
func accessEnds(before, after *model.Object) bool {
	if before == nil || !after.Access.Enabled() {
		return !after.Access.Enabled()
	}
	without := before.Access
	without.Retiring, without.RetiringIssuedAt, without.RetiringUntil = tokens.Digest{}, time.Time{}, time.Time{}
	without.Suspended = after.Access.Suspended // a field of its own
	left := after.Access
	left.RetiringIssuedAt = time.Time{} // without a retiring token it says nothing
	return left == without
}

// ClockReset is what a reset of the clock did.
type ClockReset struct {
	Revision history.Revision // the zero one where the clock was not behind: nothing was done
	Proved   time.Time        // the moment that was taken for passed
	Drafts   []drafts.Draft   // that have lost rules; of the operator, the name alone is known
}

// ResetClock takes the clock for right where it is behind: what is proved to have passed counts no more. The revision that
// says so ends what was counted from the wrong time, and what would begin again: retiring tokens, and rules that allow
// something until a moment that is still to come. Whichever of the two times was wrong, nothing is revived. Rules of the kind
// that were staged after the clock's time are forgotten. A row that is damaged stays as it is; nobody gets in by it.
//
// It takes an operator who may do everything.
func (d *DB) ResetClock(ctx context.Context, operator model.Operator, message string) (ClockReset, error) {
	var reset ClockReset
	err := d.write(ctx, func(tx transaction) error {
		if err := tx.requireEverything(ctx, operator); err != nil {
			return err
		}
		now, err := tx.now(ctx)
		if err != nil || !now.Behind() {
			return err
		}
		reset.Proved = now.At()
		at := d.clock.read().UTC().Truncate(time.Millisecond)
		limits, err := tx.limits(ctx)
		if err != nil {
			return err
		}
		changes, err := endings(ctx, tx, at, ended{limits, now.At()})
		if err != nil {
			return err
		}
		if reset.Drafts, err = drafts.ForgetEnding(ctx, tx, at); err != nil {
			return err
		}
		reset.Revision, err = tx.appendRevision(ctx, history.Revision{SavedAt: at, Operator: operator, Message: message}, changes, nil)
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE counters SET last = ? WHERE name = 'reset'`, reset.Revision.Number)
		}
		return err
	})
	if reset.Revision, err = d.finish(ctx, reset.Revision, err); err != nil {
		return ClockReset{}, fmt.Errorf("resetting the clock: %w", err)
	}
	return reset, nil
}

// ended are tokens that had ended by a moment that was proved.
type ended struct {
	limits tokens.Limits
	proved time.Time
}

// end ends the current token at a moment if it would begin again then, or if its life was counted from a later time.
func (e ended) end(access *tokens.Access, at time.Time) {
	end := e.limits.End(access.ExpiresAt, access.IssuedAt)
	if access.Enabled() && end.After(at) && (!end.After(e.proved) || access.IssuedAt.After(at)) {
		access.ExpiresAt = at
	}
}

// endings are the changes that end what is to end after a moment.
func endings(ctx context.Context, tx engine.Tx, at time.Time, past ended) ([]model.Update, error) {
	var ids []int64
	err := tx.Each(ctx, func(row engine.Row) error {
		var id int64
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT id FROM objects WHERE retiring_until > ?1 OR expires_at > ?1 OR (?2 AND token IS NOT NULL) UNION SELECT object_id FROM rules WHERE effect = 'allow' AND until > ?1 ORDER BY 1`, at.UnixMilli(), past.limits.MaxLifetime > 0)
	if err != nil {
		return nil, err
	}
	var changes []model.Update
	for _, id := range ids {
		before, err := store.ByID(ctx, tx, id)
		if errors.Is(err, model.ErrDamaged) {
			continue
		}
		if err != nil {
			return nil, err
		}
		after := before.Clone()
		past.end(&after.Access, at)
		after.Access.Retiring, after.Access.RetiringIssuedAt, after.Access.RetiringUntil = tokens.Digest{}, time.Time{}, time.Time{}
		for _, rule := range before.Rules.Ending(at) {
			after.Rules = after.Rules.Without(rule.Pattern)
		}
		if len(model.Compare(before.Record(), after.Record())) > 0 {
			changes = append(changes, model.Update{Before: &before, After: after})
		}
	}
	return changes, nil
}
