package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/perms/errorkind"
)

// Verified is a log that was found in order.
type Verified struct {
	Revisions int64      // how many there are
	Head      model.Head // of the newest; zero where there is none
	Kept      int64      // the revision whose head was given; 0 where none was
}

// LogError says what is wrong with the log. It matches [model.ErrDamaged].
type LogError struct {
	Revision int64 // the first that is wrong; 0: none in particular
	Problem  string
}

func (e *LogError) Error() string {
	if e.Revision == 0 {
		return "the log is not what was saved: " + e.Problem
	}
	return fmt.Sprintf("the log is not what was saved: revision %d: %s", e.Revision, e.Problem)
}

// Is makes a LogError match [model.ErrDamaged].
func (e *LogError) Is(target error) bool { return target == model.ErrDamaged }

// ErrorKind is that of damage.
func (e *LogError) ErrorKind() errorkind.Kind { return errorkind.Damaged }

// Verify computes all heads anew from what is stored, and compares the last record of every object with its live one
// (R1). A change of the log that leaves any later head as it was is found, and so is a live row that was altered together
// with its digest. One who computes all later heads anew is found only against a head kept elsewhere: kept must be the
// head of some revision; nil for none.
//
// It holds one revision or object at a time, all of one state of the database. The error is a [LogError] at the first
// thing that is wrong.
func (r Reader) Verify(ctx context.Context, kept *model.Head) (Verified, error) {
	var verified Verified
	err := r.read(ctx, func(tx engine.Tx) error {
		err := eachLogged(ctx, tx, loggedQuery+"ORDER BY revisions.number, changes.object_id", nil, func(logged *loggedRevision) error {
			return verified.follow(logged, kept)
		})
		if err != nil {
			return err
		}
		if err := refuseOrphans(ctx, tx); err != nil {
			return err
		}
		if kept != nil && verified.Kept == 0 {
			return &LogError{Problem: fmt.Sprintf("no revision has the head %s: since that was kept, the log was cut or written anew", kept)}
		}
		return checkLive(ctx, tx)
	})
	if err != nil {
		return Verified{}, fmt.Errorf("verifying the log: %w", err)
	}
	return verified, nil
}

// follow checks that the revision is the one to come next.
func (v *Verified) follow(logged *loggedRevision, kept *model.Head) error {
	next := v.Revisions + 1
	switch {
	case logged.Number < next:
		return &LogError{logged.Number, fmt.Sprintf("there is one with the number %d, and the first is 1", logged.Number)}
	case logged.Number > next:
		return &LogError{next, fmt.Sprintf("it is missing, the next one is %d", logged.Number)}
	case logged.hasEmptyRecord() || logged.seal(v.Head) != logged.Head:
		return &LogError{next, "its text, its changes or its head were altered"}
	}
	v.Revisions, v.Head = next, logged.Head
	if kept != nil && logged.Head == *kept {
		v.Kept = next
	}
	return nil
}

// hasEmptyRecord finds a record without text, which the hash does not tell from none.
func (r *loggedRevision) hasEmptyRecord() bool {
	for _, change := range r.changes {
		for _, record := range []sql.NullString{change.before, change.after} {
			if record.Valid && record.String == "" {
				return true
			}
		}
	}
	return false
}

// refuseOrphans looks for changes of revisions that are not there. Those between two that are there were missed before.
func refuseOrphans(ctx context.Context, tx engine.Tx) error {
	var number int64
	row := tx.Row(ctx, `SELECT revision FROM changes
		WHERE NOT EXISTS (SELECT 1 FROM revisions WHERE number = changes.revision) ORDER BY revision LIMIT 1`)
	err := row.Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return &LogError{number, "it is missing, but changes of it are there"}
}
