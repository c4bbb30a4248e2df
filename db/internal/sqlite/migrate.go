package sqlite

import (
	"context"
	"fmt"
	"io/fs"
)

// scripts lists the migrations in order; the n-th brings the schema to version n.
func (k Kind) scripts() ([]string, error) { return fs.Glob(k.Migrations, "migrations/*.sql") }

// SchemaVersion is the version of the schema that this release writes.
func (k Kind) SchemaVersion() int {
	scripts, err := k.scripts()
	if err != nil {
		return 0
	}
	return len(scripts)
}

// identify reads what the file says of itself: whether it is of this kind, or a backup of one, and its schema version.
func (k Kind) identify(ctx context.Context, file *File) (version int, err error) {
	pool := file.Pool
	var application int32
	if err := pool.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&application); err != nil {
		return 0, Explain(err)
	}
	file.backup = k.BackupID != 0 && application == k.BackupID
	if application != k.ApplicationID && !file.backup {
		return 0, ErrForeign
	}
	if err := pool.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return 0, Explain(err)
	}
	if version < 0 {
		return 0, fmt.Errorf("%w: its schema version is %d", ErrDamaged, version)
	}
	return version, nil
}

// migrate brings the schema from version to the newest one, each script in a transaction of its own.
func (k Kind) migrate(ctx context.Context, file *File, version int) error {
	scripts, err := k.scripts()
	if err != nil {
		return err
	}
	for number := version + 1; number <= len(scripts); number++ {
		if err := k.runScript(ctx, file, number, scripts[number-1]); err != nil {
			return fmt.Errorf("running %s: %w", scripts[number-1], err)
		}
	}
	return nil
}

func (k Kind) runScript(ctx context.Context, file *File, number int, name string) error {
	script, err := fs.ReadFile(k.Migrations, name)
	if err != nil {
		return err
	}
	tx, err := file.Pool.BeginTx(ctx, nil)
	if err != nil {
		return Explain(err)
	}
	defer tx.Rollback()
	var version int
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return Explain(err)
	}
	if version >= number { // another process was faster
		return nil
	}
	// The marks of the file are set with the schema: a crash leaves either nothing of ours or all of it.
	marks := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", k.mark(file.backup), number)
	if _, err := tx.ExecContext(ctx, string(script)+marks); err != nil {
		return Explain(err)
	}
	return Explain(tx.Commit())
}

// mark is the application ID of a file of this kind, or of a backup of one.
func (k Kind) mark(backup bool) int32 {
	if backup && k.BackupID != 0 {
		return k.BackupID
	}
	return k.ApplicationID
}
