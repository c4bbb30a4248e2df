package sqlite

import (
	"database/sql"
	"errors"
	"io"
	"strings"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"
)

// TestIgnoredSettingsAreFound opens a file as a driver would that knows one setting less.
func TestIgnoredSettingsAreFound(t *testing.T) {
	t.Parallel()
	_, path := newFileHere(t)
	for _, writable := range []bool{false, true} {
		settings := map[string]string{
			"_synchronous=FULL": "_synchronous=NORMAL", "_foreign_keys=1": "", "_busy_timeout=15000": "", "_dqs=0": "",
			"_defensive=1": "", "trusted_schema%280%29": "trusted_schema%281%29", "cell_size_check%281%29": "cell_size_check%280%29",
		}
		if !writable {
			settings["_query_only=1"] = ""
		}
		for setting, instead := range settings {
			name := dataSourceName(path, writable, false)
			if !strings.Contains(name, setting) {
				t.Fatalf("%s is not in %s", setting, name)
			}
			pool, err := sql.Open("sqlite", strings.Replace(name, setting, instead, 1))
			if err != nil {
				t.Fatal(err)
			}
			if err := checkSettings(t.Context(), pool, "wal", writable); err == nil || !strings.Contains(err.Error(), "setting") {
				t.Errorf("without %s (writable %t): got %v, want it to be named", setting, writable, err)
			}
			_ = pool.Close()
		}
	}
}

func TestMeaningOfCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]error{
		sqlite3.SQLITE_BUSY: ErrBusy, sqlite3.SQLITE_BUSY_SNAPSHOT: ErrBusy, sqlite3.SQLITE_FULL: ErrFull,
		sqlite3.SQLITE_CANTOPEN: ErrUnwritable, sqlite3.SQLITE_READONLY_DIRECTORY: ErrUnwritable,
		sqlite3.SQLITE_NOTADB: ErrForeign, sqlite3.SQLITE_CORRUPT: ErrDamaged, sqlite3.SQLITE_IOERR_SHMSIZE: ErrFull,
		sqlite3.SQLITE_IOERR_FSYNC: io.EOF, sqlite3.SQLITE_ERROR: io.EOF,
	} {
		if got := explainCode(code, io.EOF); !errors.Is(got, want) || !errors.Is(got, io.EOF) {
			t.Errorf("code %d: got %v, want %v", code, got, want)
		}
	}
	if got := explainCode(sqlite3.SQLITE_IOERR_SHMSIZE, io.EOF).Error(); !strings.Contains(got, "failing disk") {
		t.Errorf("got %q: it is not always the space", got)
	}
}
