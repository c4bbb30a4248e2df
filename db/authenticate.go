package db

import (
	"context"
	"errors"
	"fmt"

	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/perms/username"
	"latchkey/tokens"
)

// errNotWatched: a database that was opened without Watched keeps nobody in memory.
var errNotWatched = errors.New("the database was not opened to authenticate by it")

// Authenticate finds the user whom a username and the digest of a presented token belong to. Name, rules and catalogue
// are of one state of the database, read now or proved to be what would be read now: a save that was acknowledged before
// the call decides it. The database must be watched.
//
// [model.ErrUnauthenticated] whatever the cause, for the same work: one look-up and one comparison (T3); all else that is
// known of a user is looked at after that. Any other error is database trouble and must never be answered like valid
// credentials (H10). A user whose row is not what its save wrote is [model.ErrDamaged], never authenticated (D11).
func (d *DB) Authenticate(ctx context.Context, given string, presented tokens.Digest) (snapshot.Identity, error) {
	name, err := username.Canonical(given)
	if err != nil {
		name = "" // nobody's; looked up all the same
	}
	return d.identify(ctx, snapshot.Credentials{Name: name, Token: presented})
}

// AuthenticateToken is [DB.Authenticate] by the token alone: no two users have the same one.
func (d *DB) AuthenticateToken(ctx context.Context, presented tokens.Digest) (snapshot.Identity, error) {
	return d.identify(ctx, snapshot.Credentials{ByToken: true, Token: presented})
}

func (d *DB) identify(ctx context.Context, shown snapshot.Credentials) (snapshot.Identity, error) {
	if d.snapshot == nil {
		return snapshot.Identity{}, errNotWatched
	}
	identity, err := d.snapshot.Authenticate(ctx, shown, d.clock.read(), d.clock.mark())
	if errors.Is(err, model.ErrUnauthenticated) {
		return snapshot.Identity{}, model.ErrUnauthenticated
	}
	if err != nil {
		return snapshot.Identity{}, fmt.Errorf("authenticating: %w", err)
	}
	return identity, nil
}
