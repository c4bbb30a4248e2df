package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"latchkey/db/engine"
	"latchkey/perms/verifiedtime"
)

// Proof is what the revisions show of the time that has passed: nothing before the first.
func Proof(ctx context.Context, tx engine.Tx) (proof verifiedtime.Proof, err error) {
	var savedAt int64
	row := tx.Row(ctx, `SELECT saved_at, (SELECT last FROM counters WHERE name = 'reset')
		FROM revisions ORDER BY number DESC LIMIT 1`)
	switch err := row.Scan(&savedAt, &proof.Reset); {
	case errors.Is(err, sql.ErrNoRows):
		return verifiedtime.Proof{}, nil
	case err != nil:
		return verifiedtime.Proof{}, fmt.Errorf("reading when the newest revision was saved: %w", err)
	}
	proof.SavedAt = time.UnixMilli(savedAt)
	return proof, nil
}
