package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"latchkey/db/internal/sqlite"
	"latchkey/perms/verifiedtime"
)

// ClockMark is the latest moment that is known to have passed from here; the zero Mark where there is none.
func (d *Data) ClockMark(ctx context.Context) (mark verifiedtime.Mark, err error) {
	tx, err := d.read()
	if err == nil {
		mark, err = scanMark(tx.QueryRowContext(ctx, `SELECT at, reset FROM clock_mark`))
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return mark, markError("reading", err)
}

// RaiseClockMark notes that a moment has passed, and returns the mark as it is then: an earlier moment changes nothing, but
// where a reset of the clock in the user database has made the present mark void. [ErrBusy], [ErrFull],
// [ErrLittleLeft]: nothing was changed.
func (d *Data) RaiseClockMark(ctx context.Context, fresh verifiedtime.Mark) (mark verifiedtime.Mark, err error) {
	err = d.write(ctx, func(tx *sql.Tx) error {
		if err := requireFree(ctx, d, tx, 0, pageRoom); err != nil {
			return err
		}
		mark, err = scanMark(tx.QueryRowContext(ctx, `INSERT INTO clock_mark (only, at, reset) VALUES (1, ?, ?) ON CONFLICT (only) DO UPDATE
			SET at = CASE WHEN excluded.reset > reset THEN excluded.at WHEN excluded.reset < reset THEN at ELSE max(at, excluded.at) END,
			reset = max(reset, excluded.reset) RETURNING at, reset`, fresh.At.UnixMilli(), fresh.Reset))
		return err
	})
	return mark, markError("storing", err)
}

func scanMark(row *sql.Row) (verifiedtime.Mark, error) {
	var at, reset int64
	if err := row.Scan(&at, &reset); err != nil {
		return verifiedtime.Mark{}, sqlite.Explain(err)
	}
	return verifiedtime.Mark{At: time.UnixMilli(at), Reset: reset}, nil
}

func markError(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s what the clock has shown: %w", doing, err)
}
