package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// oldestSQLite is the first release without the WAL corruption of earlier ones (D1).
const oldestSQLite = "3.51.3"

// busyTimeout is how long a connection waits for another process's write lock. Saves last a few milliseconds, so a
// wait this long means that something is stuck (D1: at least 10 s).
const busyTimeout = 15 * time.Second

// mostLog is how many bytes the WAL keeps after a checkpoint that has emptied it. It is moved into the file at 4 MiB, and is
// larger only where somebody read for long or wrote much at once; without a limit it would stay so.
const mostLog = 8 << 20

// dataSourceName makes the name database/sql opens. Every setting stands in it, because a pool gives a later
// `PRAGMA` to one connection only. The busy timeout comes first: the others may have to wait too.
func dataSourceName(path string, writable, immutable bool) string {
	query := url.Values{}
	query.Set("_busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()))
	query.Set("_synchronous", "FULL")
	query.Set("_foreign_keys", "1")
	query.Set("_dqs", "0")
	query.Set("_defensive", "1")
	query.Set("_error_rc", "1")
	query["_pragma"] = []string{"trusted_schema(0)", "cell_size_check(1)", fmt.Sprintf("journal_size_limit(%d)", mostLog)}
	query.Set("mode", "rw")
	switch {
	case immutable:
		query.Set("mode", "ro")
		query.Set("immutable", "1")
	case writable:
		query.Set("_txlock", "immediate")
	}
	if !writable {
		query.Set("_query_only", "1")
	}
	name := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}
	return name.String()
}

// wantedSettings are read back at every open, so that a driver that ignores one is found at once (D1). What cannot be
// read back is tried by [checkRefusals].
func wantedSettings(journal string, writable bool) [][2]string {
	queryOnly := "1"
	if writable {
		queryOnly = "0"
	}
	return [][2]string{
		{"journal_mode", journal},
		{"synchronous", "2"},
		{"foreign_keys", "1"},
		{"trusted_schema", "0"},
		{"cell_size_check", "1"},
		{"busy_timeout", fmt.Sprint(busyTimeout.Milliseconds())},
		{"query_only", queryOnly},
		{"journal_size_limit", strconv.Itoa(mostLog)},
	}
}

func checkSettings(ctx context.Context, pool *sql.DB, journal string, writable bool) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return Explain(err)
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool
	version, err := compareSettings(ctx, conn, wantedSettings(journal, writable))
	if err != nil {
		return err
	}
	if !atLeast(version, oldestSQLite) {
		return fmt.Errorf("SQLite %s is older than %s, which can corrupt a database", version, oldestSQLite)
	}
	return checkRefusals(ctx, conn)
}

// compareSettings reads the settings and the version of SQLite, all by one query: that takes a fifth of the time of one each.
func compareSettings(ctx context.Context, conn *sql.Conn, wanted [][2]string) (version string, err error) {
	columns, values := []string{"sqlite_version()"}, []any{&version}
	for _, setting := range wanted {
		column := setting[0]
		if column == "busy_timeout" {
			column = "timeout" // as this pragma names its column
		}
		columns = append(columns, "(SELECT "+column+" FROM pragma_"+setting[0]+")")
		values = append(values, new(string))
	}
	if err := conn.QueryRowContext(ctx, "SELECT "+strings.Join(columns, ", ")).Scan(values...); err != nil {
		return "", fmt.Errorf("reading the settings: %w", Explain(err))
	}
	for i, setting := range wanted {
		if value, _ := values[i+1].(*string); *value != setting[1] {
			return "", fmt.Errorf("setting %s is %q, not %q", setting[0], *value, setting[1])
		}
	}
	return version, nil
}

// checkRefusals tries what the settings without a PRAGMA of their own, dqs and defensive, must have SQLite refuse.
func checkRefusals(ctx context.Context, conn *sql.Conn) error {
	var text string
	err := conn.QueryRowContext(ctx, `SELECT "text"`).Scan(&text)
	var failure *sqlite.Error
	if err == nil {
		return errors.New("setting dqs is not in force: double quotes make a string")
	} else if !errors.As(err, &failure) || failure.Code() != sqlite3.SQLITE_ERROR { // "no such column"
		return fmt.Errorf("trying setting dqs: %w", Explain(err))
	}
	if _, err := conn.ExecContext(ctx, `PRAGMA writable_schema = 1`); err != nil {
		return fmt.Errorf("trying setting defensive: %w", Explain(err))
	}
	writable, err := readSetting(ctx, conn, "writable_schema")
	if err == nil && writable != "0" {
		err = errors.New("setting defensive is not in force: the schema can be written")
	}
	return err
}

func readSetting(ctx context.Context, conn *sql.Conn, name string) (string, error) {
	var value string
	if err := conn.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value); err != nil {
		return "", fmt.Errorf("reading setting %s: %w", name, Explain(err))
	}
	return value, nil
}

// atLeast compares dotted version numbers.
func atLeast(version, oldest string) bool {
	var have, want [3]int
	_, _ = fmt.Sscanf(version, "%d.%d.%d", &have[0], &have[1], &have[2])
	_, _ = fmt.Sscanf(oldest, "%d.%d.%d", &want[0], &want[1], &want[2])
	for i := range have {
		if have[i] != want[i] {
			return have[i] > want[i]
		}
	}
	return true
}
