package data

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"latchkey/db/internal/sqlite"
)

// TokenUse says when a token was last used.
type TokenUse struct {
	UserID      int64  // in the user database
	Fingerprint string // of the token
	At          time.Time
}

// keptUses is how many tokens of a user are remembered: the live one, a retiring one, and what was just replaced.
const keptUses = 4

// MarkUsed remembers when tokens were used, in one transaction. A time before the one that is known changes nothing, so
// that it does not matter in which order servers tell. Of each user the latest few tokens are kept.
// [ErrBusy], [ErrFull]: nothing was changed.
func (d *Data) MarkUsed(ctx context.Context, uses []TokenUse) error {
	if len(uses) == 0 {
		return nil
	}
	err := d.write(ctx, func(tx *sql.Tx) error {
		if err := requireFree(ctx, d, tx, 0, len(uses)*pageRoom); err != nil {
			return err
		}
		for _, use := range uses {
			if err := markUsed(ctx, tx, use); err != nil {
				return sqlite.Explain(err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing when %d tokens were used: %w", len(uses), err)
	}
	return nil
}

func markUsed(ctx context.Context, tx *sql.Tx, use TokenUse) error {
	result, err := tx.ExecContext(ctx, `UPDATE last_used SET used_at = max(used_at, ?) WHERE user_id = ? AND fingerprint = ?`,
		use.At.UnixMilli(), use.UserID, use.Fingerprint)
	if err != nil {
		return err
	}
	if known, err := result.RowsAffected(); err != nil || known > 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO last_used (user_id, fingerprint, used_at) VALUES (?, ?, ?)`,
		use.UserID, use.Fingerprint, use.At.UnixMilli())
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM last_used WHERE user_id = ?1 AND fingerprint NOT IN
		(SELECT fingerprint FROM last_used WHERE user_id = ?1 ORDER BY used_at DESC, fingerprint LIMIT ?2)`, use.UserID, keptUses)
	return err
}

// LastUsed lists when tokens of a user were last used, the latest first; of user 0 those of all users, sorted by user
// first.
func (d *Data) LastUsed(ctx context.Context, userID int64) ([]TokenUse, error) {
	list, err := d.lastUsed(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("reading when tokens were used: %w", err)
	}
	return list, nil
}

func (d *Data) lastUsed(ctx context.Context, userID int64) ([]TokenUse, error) {
	tx, err := d.read()
	if err != nil {
		return nil, err
	}
	query := `SELECT user_id, fingerprint, used_at FROM last_used WHERE user_id = ? ORDER BY used_at DESC, fingerprint`
	args := []any{userID}
	if userID == 0 {
		query, args = `SELECT user_id, fingerprint, used_at FROM last_used ORDER BY user_id, used_at DESC, fingerprint`, nil
	}
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, sqlite.Explain(err)
	}
	defer rows.Close()
	var list []TokenUse
	for rows.Next() {
		var use TokenUse
		var at int64
		if err := rows.Scan(&use.UserID, &use.Fingerprint, &at); err != nil {
			return nil, sqlite.Explain(err)
		}
		use.At = time.UnixMilli(at).UTC()
		list = append(list, use)
	}
	return list, sqlite.Explain(rows.Err())
}
