package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/db/store"
	"latchkey/perms/username"
	"latchkey/tokens"
)

// credentialsQuery returns one row, for a name that no user has the one of nobody. All it does is done for every name:
// finding a number, looking for it in both tables, reading one row; and what is missing is as long as what is not.
const credentialsQuery = `SELECT coalesce(objects.token, nobody.token, ` + noDigest + `),
	coalesce(objects.retiring, nobody.retiring, ` + noDigest + `), coalesce(objects.retiring_until, nobody.retiring_until, 1000)
	FROM (SELECT 1)
	LEFT JOIN objects ON objects.id = coalesce((SELECT id FROM objects WHERE kind = 'user' AND name = ?), 0)
	LEFT JOIN nobody ON nobody.id = coalesce(objects.id, 0)`

// noDigest is the digest of no token.
const noDigest = `x'0000000000000000000000000000000000000000000000000000000000000000'`

// Authenticate finds the user whom a username and the digest of a presented token belong to. Name, rules and catalogue
// are of one state of the database, read now or proved to be what would be read now: a save that was acknowledged before
// the call decides it.
//
// [ErrUnauthenticated] whatever the cause, for the same work: one look-up and one comparison (T3); all else that is
// known of a user is looked at after that. Any other error is database trouble and must never be answered like valid
// credentials (H10). A user whose row is not what its save wrote is [ErrDamaged], never authenticated (D11).
func (d *DB) Authenticate(ctx context.Context, given string, presented tokens.Digest) (snapshot.Identity, error) {
	name, err := username.Canonical(given)
	if err != nil {
		name = "" // nobody's; looked up all the same
	}
	var identity snapshot.Identity
	if d.snapshot != nil {
		identity, err = d.snapshot.Authenticate(ctx, name, presented, d.clock.read(), d.clock.mark())
	} else {
		identity, err = d.query(ctx, name, presented)
	}
	if errors.Is(err, model.ErrUnauthenticated) {
		return snapshot.Identity{}, model.ErrUnauthenticated
	}
	if err != nil {
		return snapshot.Identity{}, fmt.Errorf("authenticating: %w", err)
	}
	return identity, nil
}

// query is Authenticate of a database that is not watched: one read transaction, and nothing is kept.
func (d *DB) query(ctx context.Context, name string, presented tokens.Digest) (identity snapshot.Identity, err error) {
	err = d.within(ctx, func(tx transaction) error {
		access, err := scanCredentials(tx.Row(ctx, credentialsQuery, name))
		if err != nil {
			return err
		}
		now, err := tx.now(ctx)
		if err != nil {
			return err
		}
		if !access.Accepts(presented, now) {
			return model.ErrUnauthenticated
		}
		user, err := store.Load(ctx, tx, model.KindUser, name)
		if err != nil {
			return err
		}
		rules, err := store.EffectiveRules(ctx, tx, &user)
		if err != nil {
			return err
		}
		catalogue, err := liveCatalogue(ctx, tx)
		identity = snapshot.Identity{UserID: user.ID, Name: user.Name, Retiring: !access.Current.Equal(presented), Now: now, Catalogue: catalogue,
			Granted: &snapshot.Grants{Own: rules}}
		return err
	})
	return identity, err
}

// scanCredentials reads the one row of credentialsQuery.
func scanCredentials(row engine.Row) (access tokens.Access, err error) {
	var token, retiring []byte
	var until int64
	err = row.Scan(&token, &retiring, &until)
	copy(access.Current[:], token)
	copy(access.Retiring[:], retiring)
	access.RetiringUntil = time.UnixMilli(until)
	return access, err
}
