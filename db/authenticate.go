package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"latchkey/db/internal/sqlitefile"
	"latchkey/perms"
	"latchkey/tokens"
)

// Identity is an authenticated user, as of one moment within the request.
type Identity struct {
	UserID   int64
	Name     string
	Rules    perms.Rules
	Retiring bool // the token presented is the retiring one
}

// credentialsQuery always returns a row, for a name that nobody has one without a token: the work is the same.
const credentialsQuery = `SELECT ` + userColumns + ` FROM users WHERE name = ?
	UNION ALL SELECT 0, '', '', '', NULL, NULL, NULL, NULL, 0, 0, 0, x'' LIMIT 1`

// Authenticate finds the user whom a username and the digest of a presented token belong to. Name and rules are of
// one state of the database, read now: a save that was acknowledged before the call decides it.
//
// [ErrUnauthenticated] whatever the cause, for the same work: one look-up and one comparison (T3). Any other error is
// database trouble and must never be answered like valid credentials (H10). A user whose row is not what its save
// wrote is [ErrDamaged], never authenticated (D11).
func (d *DB) Authenticate(ctx context.Context, username string, presented tokens.Digest) (Identity, error) {
	name, err := CanonicalName(username)
	if err != nil {
		name = "" // nobody's; looked up all the same
	}
	var identity Identity
	err = d.read(ctx, func(tx *sql.Tx) error {
		user, digest, err := scanUser(tx.StmtContext(ctx, d.credentials).QueryRowContext(ctx, name).Scan) //nolint:sqlclosecheck // it is closed with the transaction
		if err != nil {
			return sqlitefile.Explain(err)
		}
		if !user.Access.Accepts(presented, d.clock()) {
			return ErrUnauthenticated
		}
		if user.Rules, err = loadRules(ctx, tx, user.ID); err != nil {
			return err
		}
		identity = Identity{UserID: user.ID, Name: user.Name, Rules: user.Rules,
			Retiring: !user.Access.Current.Equal(presented)}
		return checkDigest(user, digest)
	})
	if errors.Is(err, ErrUnauthenticated) {
		return Identity{}, ErrUnauthenticated
	}
	if err != nil {
		return Identity{}, fmt.Errorf("authenticating: %w", err)
	}
	return identity, nil
}
