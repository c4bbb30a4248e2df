package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"latchkey/db/internal/sqlite"
	"latchkey/db/store"
	"latchkey/tokens"
)

// Owner is a live user with what decides which tokens are the user's. The row's digest has not been checked.
type Owner struct {
	UserID int64
	Name   string
	Access tokens.Access
}

// Owners finds the live users with an access that is wanted, by name. There is no index of tokens, since a request
// looks for a username: every user with API access is looked at, in one pass over their rows.
func (d *DB) Owners(ctx context.Context, wanted func(access tokens.Access) bool) ([]Owner, error) {
	rows, err := d.pool.QueryContext(ctx, `SELECT id, name, token, token_issued_at, retiring, retiring_until
		FROM objects WHERE token IS NOT NULL`) // only a user has one; in the order of the table, which is the fastest
	if err != nil {
		return nil, fmt.Errorf("looking for owners: %w", sqlite.Explain(err))
	}
	defer rows.Close()
	var owners []Owner
	var token, retiring sql.RawBytes
	for rows.Next() {
		var owner Owner
		var issued, until sql.NullInt64
		if err := rows.Scan(&owner.UserID, &owner.Name, &token, &issued, &retiring, &until); err != nil {
			return nil, fmt.Errorf("looking for owners: %w", sqlite.Explain(err))
		}
		copy(owner.Access.Current[:], token)
		copy(owner.Access.Retiring[:], retiring)
		owner.Access.IssuedAt, owner.Access.RetiringUntil = store.FromMillis(issued), store.FromMillis(until)
		if wanted(owner.Access) {
			owners = append(owners, owner)
		}
	}
	slices.SortFunc(owners, func(a, b Owner) int { return strings.Compare(a.Name, b.Name) })
	return owners, sqlite.Explain(rows.Err())
}
