package sqlite_test

import (
	"encoding/binary"
	"os"
	"runtime"
	"testing"

	"latchkey/db/internal/sqlite"
)

// openMarked opens a file as a server does, and skips where no marks are promised.
func openMarked(t *testing.T, path string) *sqlite.File {
	t.Helper()
	file := openWatched(t, path)
	if got := markOf(t, file); (got == sqlite.Mark{}) != (runtime.GOOS != "linux") {
		t.Fatalf("got the mark %x on %s", got, runtime.GOOS)
	}
	if runtime.GOOS != "linux" {
		t.Skip("marks are for Linux alone")
	}
	return file
}

func markOf(t *testing.T, file *sqlite.File) sqlite.Mark {
	t.Helper()
	mark, err := file.Mark()
	if err != nil {
		t.Fatal(err)
	}
	return mark
}

// TestEveryCommitHasItsMark: what other processes commit changes the mark, and nothing brings an earlier one back;
// reading does not change it.
func TestEveryCommitHasItsMark(t *testing.T) {
	t.Parallel()
	path := create(t)
	file := openMarked(t, path)
	seen := map[sqlite.Mark]string{markOf(t, file): "nothing"}
	for i, statement := range []string{
		`INSERT INTO things VALUES ('one')`, `DELETE FROM things`, `INSERT INTO things VALUES ('one')`, `DELETE FROM things`,
		`PRAGMA wal_checkpoint(TRUNCATE)`, `INSERT INTO things VALUES ('one')`, `VACUUM`, `DELETE FROM things`,
		`PRAGMA wal_checkpoint(RESTART)`, `INSERT INTO things VALUES ('one')`,
	} {
		inAnotherProcess(t, path, statement)
		mark := markOf(t, file)
		if mark == (sqlite.Mark{}) {
			t.Errorf("after %s: no mark", statement)
		}
		if before, known := seen[mark]; known && i != 4 && i != 8 { // a checkpoint changes nothing that is read
			t.Errorf("after %s: the mark is the one after %s", statement, before)
		}
		seen[mark] = statement
		names(t, path)
		if markOf(t, file) != mark {
			t.Errorf("reading after %s changed the mark", statement)
		}
	}
}

// TestMarksThatCannotBeTold: a header that a killed process left half written, one of another version, and none.
func TestMarksThatCannotBeTold(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(header []byte){
		"copies differ":   func(header []byte) { header[16]++ },
		"other version":   func(header []byte) { binary.NativeEndian.PutUint32(header, 3007001); copy(header[48:], header[:48]) },
		"not initialized": func(header []byte) { clear(header) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := create(t)
			file, unmapped := openMarked(t, path), openMarked(t, path)
			sqlite.Unmap(unmapped)
			before := markOf(t, file)
			index, err := os.OpenFile(path+"-shm", os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = index.Close() }) // the last of all: it drops SQLite's locks
			header := make([]byte, 96)
			if _, err := index.ReadAt(header, 0); err != nil {
				t.Fatal(err)
			}
			damage(header)
			if _, err := index.WriteAt(header, 0); err != nil {
				t.Fatal(err)
			}
			if got, other := markOf(t, file), markOf(t, unmapped); got != (sqlite.Mark{}) || other != got {
				t.Errorf("got %x and %x, want none", got, other)
			}
			inAnotherProcess(t, path, `INSERT INTO things VALUES ('one')`) // SQLite makes the header anew
			if got := markOf(t, file); got == before || got == (sqlite.Mark{}) || got != markOf(t, unmapped) {
				t.Errorf("afterwards: got %x, before it was %x", got, before)
			}
		})
	}
}

// TestMarksOfACutIndex: reading what is mapped and no longer there faults, which means no mark and nothing else.
func TestMarksOfACutIndex(t *testing.T) {
	t.Parallel()
	path := create(t)
	file := openMarked(t, path)
	before := markOf(t, file)
	content, err := os.ReadFile(path + "-shm") // closing it drops SQLite's locks: nobody else is here
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path+"-shm", 0); err != nil {
		t.Fatal(err)
	}
	if got := markOf(t, file); got != (sqlite.Mark{}) {
		t.Errorf("got %x, want none", got)
	}
	if err := os.WriteFile(path+"-shm", content, 0); err != nil { // before SQLite looks
		t.Fatal(err)
	}
	if got := markOf(t, file); got != before {
		t.Errorf("with its content again: got %x, want %x", got, before)
	}
}

// BenchmarkMark is what each request pays for the proof that its state is fresh.
func BenchmarkMark(b *testing.B) {
	file := openWatched(b, create(b))
	for _, how := range []string{"mapped", "read"} {
		if how == "read" {
			sqlite.Unmap(file)
		}
		b.Run(how, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if mark, err := file.Mark(); err != nil || mark == (sqlite.Mark{}) {
					b.Fatal(mark, err)
				}
			}
		})
	}
}

// TestMarksEnd with the file, and where it was seen to be moved.
func TestMarksEnd(t *testing.T) {
	t.Parallel()
	path := create(t)
	other, file := openWatched(t, path), openWatched(t, path)
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Mark(); err == nil {
		t.Error("a closed file has a mark")
	}
	mustRename(t, path, path+".away")
	_ = other.Check()
	if _, err := other.Mark(); err == nil {
		t.Error("a moved file has a mark")
	}
}

// TestMarksDropNoLocks: SQLite's locks on the WAL-index last while others who have the file open close it. Without them
// another process would take itself for the last one and remove the side files.
func TestMarksDropNoLocks(t *testing.T) {
	t.Parallel()
	path := create(t)
	file := openMarked(t, path)
	for range 3 {
		if err := openWatched(t, path).Close(); err != nil {
			t.Fatal(err)
		}
		inAnotherProcess(t, path, `INSERT INTO things VALUES ('one')`)
		if err := file.Check(); err != nil {
			t.Fatal(err)
		}
	}
}
