package proof

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/tokens"
)

// upheaval is something that happens to the files under a running server that is asked all the time.
type upheaval struct {
	name    string
	happens func(t *testing.T, s *siege)
	closes  bool                         // everything is 503 from soon afterwards
	mended  func(t *testing.T, s *siege) // puts things right under the server; nil: nothing can be
	restart bool                         // the server has to be restarted
	stopped func(t *testing.T, s *siege) // puts things right while it is not there; nil: they are
}

var upheavals = []upheaval{
	{name: "moved away", closes: true, restart: true,
		happens: func(t *testing.T, s *siege) { mustRename(t, s.database, s.database+".away") },
		mended:  func(t *testing.T, s *siege) { mustRename(t, s.database+".away", s.database) }},
	{name: "moved away with its side files", closes: true, restart: true,
		happens: func(t *testing.T, s *siege) { s.moveAway(t) },
		mended:  func(t *testing.T, s *siege) { s.moveBack(t) }},
	{name: "replaced by an older one", closes: true, restart: true,
		happens: func(t *testing.T, s *siege) {
			mustLink(t, s.database, s.database+".away")
			mustRename(t, s.older, s.database)
		},
		mended: func(t *testing.T, s *siege) { mustRename(t, s.database+".away", s.database) }},
	{name: "replaced by an older one with no side files", closes: true, restart: true,
		happens: func(t *testing.T, s *siege) {
			s.moveAway(t)
			mustRename(t, s.older, s.database)
		},
		mended: func(t *testing.T, s *siege) { s.moveBack(t) }},
	{name: "deleted with its side files", closes: true, restart: true,
		happens: func(t *testing.T, s *siege) { s.remove(t) },
		mended:  func(t *testing.T, s *siege) { s.do(t, "restore", "after.db", "-y") }},
	{name: "a row overwritten", restart: true,
		happens: func(t *testing.T, s *siege) { s.revive(t) },
		stopped: func(t *testing.T, s *siege) { s.restartDamaged(t) }},
	{name: "pages overwritten", restart: true,
		happens: func(t *testing.T, s *siege) { overwrite(t, s.database, 4096, 8) },
		stopped: func(t *testing.T, s *siege) { s.startOver(t) }},
	{name: "the log overwritten", restart: true,
		happens: func(t *testing.T, s *siege) { overwrite(t, s.database+"-wal", 32, 8) },
		stopped: func(t *testing.T, s *siege) { s.startOver(t) }},
	{name: "the log cut off", restart: true,
		happens: func(t *testing.T, s *siege) { mustTruncate(t, s.database+"-wal") },
		stopped: func(t *testing.T, s *siege) { s.startOver(t) }},
	// The driver makes an error of the fault that reading beyond the end of a mapped file is.
	{name: "the index of the log cut off", closes: true,
		happens: func(t *testing.T, s *siege) { mustTruncate(t, s.database+"-shm") },
		mended:  func(t *testing.T, s *siege) { s.do(t, "status") }},
	{name: "the index of the documents' log cut off", restart: true,
		happens: func(t *testing.T, s *siege) { mustTruncate(t, filepath.Join(s.directory, "latchkey-data.db-shm")) }},
	{name: "restored",
		happens: func(t *testing.T, s *siege) { s.do(t, "restore", "before.db", "-y") }},
}

// TestNoUpheavalLetsTheRevokedIn moves, replaces, deletes, damages and restores the database under a server that is asked
// all the time, by right credentials and by a token that a save has revoked: that one never gets in, the server lives on,
// what is promised to be noticed is answered with 503 soon, and once things are right again everything works (promise 4,
// D7, D11, H10). The long form does it all many times.
func TestNoUpheavalLetsTheRevokedIn(t *testing.T) {
	t.Parallel()
	began := install(t, "user add ci steady other --save")
	steady := began.do(t, "token", "enable", "steady", "--save")
	revoked := began.do(t, "token", "enable", "ci", "--save")
	began.do(t, "backup", "before.db")
	began.do(t, "backup", "older.db")
	for _, upheaval := range upheavals {
		t.Run(upheaval.name, func(t *testing.T) {
			for range amount(1, 20) {
				s := besiege(t, began, steady, revoked)
				s.goThrough(t, upheaval)
			}
		})
	}
}

// siege is a server on an installation, and those who ask it all the time.
type siege struct {
	*server
	older                  string // a database in which the revoked token is live
	steady, fresh, revoked string // tokens; steady's belongs to steady, the others to ci

	stop    context.CancelFunc // those who ask
	asking  sync.WaitGroup
	closed  atomic.Bool     // everything that is asked from now on is 503
	answers [3]atomic.Int64 // of those who ask
	last    [3]atomic.Int64 // status
}

// besiege revokes a token under a server and has it asked from then on.
func besiege(t *testing.T, began installation, steady, revoked string) *siege {
	t.Helper()
	i := began.clone(t)
	s := &siege{older: filepath.Join(i.directory, "older.db"), steady: steady, revoked: revoked}
	s.server = i.serve(t, "--failure-limit", "off", "--access-log", "off")
	s.want(t, revoked, http.StatusOK)
	s.fresh = i.do(t, "token", "regenerate", "ci", "--save") // it is in the write-ahead log alone
	i.do(t, "backup", "after.db")
	ctx, stop := context.WithCancel(t.Context())
	s.stop = stop
	t.Cleanup(func() { stop(); s.asking.Wait() })
	for number, who := range []struct {
		user, token string
		want        int
	}{{"steady", steady, http.StatusOK}, {"ci", s.fresh, http.StatusOK}, {"ci", revoked, http.StatusUnauthorized}} {
		s.asking.Go(func() { s.keepAsking(ctx, t, number, who.user, who.token, who.want) })
	}
	return s
}

// keepAsking asks until the context ends, and takes no answer but the right one and 503.
func (s *siege) keepAsking(ctx context.Context, t *testing.T, number int, user, token string, want int) {
	for ctx.Err() == nil {
		closed := s.closed.Load()
		got, err := s.get(ctx, user, token, "/api/v2/time")
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			t.Errorf("asking as %s: %v%s", user, err, s.lastWords())
			return
		case got != http.StatusServiceUnavailable && (closed || got != want):
			t.Errorf("asking as %s: got %d, want %d or 503, everything closed %t", user, got, want, closed)
			return
		}
		s.last[number].Store(int64(got))
		s.answers[number].Add(1)
	}
}

// goThrough lets an upheaval happen and puts things right.
func (s *siege) goThrough(t *testing.T, upheaval upheaval) {
	t.Helper()
	s.hold(t)
	upheaval.happens(t, s)
	if upheaval.closes {
		s.awaitClosed(t)
	} else {
		s.prod()
	}
	s.hold(t)
	if upheaval.mended != nil {
		if !upheaval.restart {
			s.closed.Store(false)
		}
		upheaval.mended(t, s)
		s.hold(t)
	}
	s.stop()
	s.asking.Wait()
	if upheaval.restart {
		s.end(t)
		if upheaval.stopped != nil {
			upheaval.stopped(t, s)
		}
		s.server = s.serve(t)
	}
	s.mustWork(t)
}

// hold waits until everybody has asked some more.
func (s *siege) hold(t *testing.T) {
	t.Helper()
	var wanted [len(s.answers)]int64
	for number := range wanted {
		wanted[number] = s.answers[number].Load() + 20
	}
	await(t, "answers", 20*time.Second, func() bool {
		for number := range wanted {
			if s.answers[number].Load() < wanted[number] {
				return false
			}
		}
		return true
	})
}

// notice is how long it may take until nobody gets another answer than 503. It is a second by itself; a busy machine
// takes longer for everything.
const notice = 3 * time.Second

func (s *siege) awaitClosed(t *testing.T) {
	t.Helper()
	began := time.Now()
	await(t, "503 for everybody", notice, func() bool {
		for number := range s.last {
			if s.last[number].Load() != http.StatusServiceUnavailable {
				return false
			}
		}
		return true
	})
	s.closed.Store(true)
	t.Logf("503 for everybody after %v", time.Since(began).Round(time.Millisecond))
}

func await(t *testing.T, what string, limit time.Duration, happened func() bool) {
	t.Helper()
	for began := time.Now(); !happened(); <-time.After(time.Millisecond) {
		if time.Since(began) > limit {
			t.Fatalf("waiting for %s: nothing in %v", what, limit)
		}
	}
}

// prod has the server read what was damaged, as saves do. They may fail.
func (s *siege) prod() {
	for _, words := range [][]string{{"user", "edit", "other", "--note", "again", "--save"}, {"user", "edit", "ci", "--note", "again", "--save"},
		{"user", "list"}, {"token", "list"}} {
		_ = s.command(context.Background(), nil, words...).Run()
	}
}

// end ends the server as a service manager does.
func (s *siege) end(t *testing.T) {
	t.Helper()
	select {
	case <-s.ended:
		t.Errorf("the server has died%s", s.lastWords())
		return
	default:
	}
	if err := s.process.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.ended:
	case <-time.After(30 * time.Second):
		t.Fatal("the server does not stop")
	}
	if code := s.process.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the server ends with %d%s", code, s.lastWords())
	}
}

// mustWork checks that the right tokens are accepted, as soon as the server has looked, and the revoked one is not.
func (s *siege) mustWork(t *testing.T) {
	t.Helper()
	await(t, "a right token to be accepted", notice, func() bool {
		got, err := s.get(t.Context(), "steady", s.steady, "/api/v2/time")
		return err == nil && got == http.StatusOK
	})
	s.want(t, s.fresh, http.StatusOK)
	s.want(t, s.revoked, http.StatusUnauthorized)
	s.do(t, "user", "edit", "other", "--note", "at last", "--save")
	if err := s.examine(t.Context()); err != nil {
		t.Error(err)
	}
	s.end(t)
}

// revive puts the revoked token back into its row, as no save does.
func (s *siege) revive(t *testing.T) {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+s.database+"?_pragma=busy_timeout(15000)")
	if err != nil {
		t.Fatal(err)
	}
	digest := tokens.DigestOf(s.revoked)
	_, err = raw.ExecContext(t.Context(), `UPDATE objects SET token = ? WHERE name = 'ci'`, digest[:])
	if err := errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
}

// restartDamaged starts a server on the damaged row, which lets nobody in by it, and mends the row under it.
func (s *siege) restartDamaged(t *testing.T) {
	t.Helper()
	s.server = s.serve(t)
	s.want(t, s.revoked, http.StatusServiceUnavailable)
	s.want(t, s.fresh, http.StatusUnauthorized)
	s.do(t, "restore", "after.db", "-y")
	s.want(t, s.revoked, http.StatusUnauthorized)
	s.want(t, s.fresh, http.StatusOK)
	s.end(t)
}

// startOver makes the last backup the database, in place of a damaged one, as the page of 'restore' says.
func (s *siege) startOver(t *testing.T) {
	t.Helper()
	s.moveAway(t)
	s.do(t, "restore", "after.db", "-y")
}

var sideFiles = []string{"", "-wal", "-shm"}

func (s *siege) moveAway(t *testing.T) {
	t.Helper()
	for _, suffix := range sideFiles {
		if err := os.Rename(s.database+suffix, s.database+".away"+suffix); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}

func (s *siege) moveBack(t *testing.T) {
	t.Helper()
	for _, suffix := range sideFiles {
		mustRename(t, s.database+".away"+suffix, s.database+suffix)
	}
}

func (s *siege) remove(t *testing.T) {
	t.Helper()
	for _, suffix := range sideFiles {
		if err := os.Remove(s.database + suffix); err != nil {
			t.Fatal(err)
		}
	}
}

func mustRename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func mustLink(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Link(from, to); err != nil {
		t.Fatal(err)
	}
}

func mustTruncate(t *testing.T, path string) {
	t.Helper()
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
}

// overwrite puts random bytes over a file in some places, a few hundred in each, but not over its beginning.
func overwrite(t *testing.T, path string, from int64, places int) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for place := range places {
		at := from + (info.Size()-from)*int64(place)/int64(places)
		if _, err := io.CopyN(io.NewOffsetWriter(file, at), rand.Reader, 300); err != nil {
			t.Fatal(err)
		}
	}
}
