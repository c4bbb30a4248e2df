package db_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/model"
	"latchkey/tokens"
)

const (
	hammerPath  = "LATCHKEY_TEST_HAMMER"
	hammerFirst = "LATCHKEY_TEST_HAMMER_FIRST"
)

// TestHammeringProcess is no test: it is the process that [TestAcknowledgedMeansRevoked] kills. It replaces the token of
// ci without end, by numbers that go up, and says each when it is saved.
func TestHammeringProcess(t *testing.T) {
	path := os.Getenv(hammerPath)
	if path == "" {
		t.Skip("run by another test alone")
	}
	first, err := strconv.Atoi(os.Getenv(hammerFirst))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, path: path}
	if w.DB, err = db.Open(t.Context(), path, db.Options{Clock: time.Now, Writable: true}); err != nil {
		t.Fatal(err)
	}
	for n := first; ; n++ {
		w.stage(bob, note(fmt.Sprint(n)), "ci") // other commits than saves
		w.saveEdit(ann, on(func(user *model.Object) (err error) {
			user.Access, err = tokens.Regenerate(user.Access, user.Access, digest(fmt.Sprint(n)), 0, time.Now())
			return err
		}), "ci")
		if _, err := fmt.Fprintln(os.Stdout, n); err != nil {
			t.Fatal(err)
		}
		switch n % 7 {
		case 3:
			w.tamper(`PRAGMA wal_checkpoint(TRUNCATE)`)
		case 6:
			w.tamper(`VACUUM`)
		}
	}
}

// TestAcknowledgedMeansRevoked: no request that begins after a save was acknowledged is decided by what was before it,
// whatever becomes of the process that saves. A state is only wrong for as long as it takes to read the next one, which
// is why many ask at the same time.
func TestAcknowledgedMeansRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("0")), "ci")
	servers := w.serveBothWays()
	var acknowledged atomic.Int64
	stop := make(chan struct{})
	var asking sync.WaitGroup
	var asked atomic.Int64
	for how, server := range servers {
		for range 3 {
			asking.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					saved := acknowledged.Load()
					if _, err := server.Authenticate(t.Context(), "ci", digest(fmt.Sprint(saved-1))); !errors.Is(err, model.ErrUnauthenticated) {
						t.Errorf("%s: token %d after %d was saved: got %v, want ErrUnauthenticated", how, saved-1, saved, err)
						return
					}
					asked.Add(1)
				}
			})
		}
	}
	kills := 0
	for began := time.Now(); acknowledged.Load() < 150 && time.Since(began) < time.Minute; kills++ {
		hammer(t, w.path, &acknowledged)
	}
	close(stop)
	asking.Wait()
	last := acknowledged.Load()
	t.Logf("%d saves, %d kills, %d requests", last, kills, asked.Load())
	if last < 150 || kills < 2 {
		t.Errorf("got %d saves and %d kills: too few to tell", last, kills)
	}
	for how, server := range servers {
		_, err := server.Authenticate(t.Context(), "ci", digest(fmt.Sprint(last)))
		_, next := server.Authenticate(t.Context(), "ci", digest(fmt.Sprint(last+1))) // saved, and killed before it said so
		if (err == nil) == (next == nil) {
			t.Errorf("%s: in the end: got %v for the last token and %v for the next", how, err, next)
		}
	}
}

// hammer runs a process that saves, and kills it after some saves.
func hammer(t *testing.T, path string, acknowledged *atomic.Int64) {
	t.Helper()
	process := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHammeringProcess$")
	process.Env = append(os.Environ(), hammerPath+"="+path, hammerFirst+"="+fmt.Sprint(acknowledged.Load()+2))
	output, err := process.StdoutPipe()
	if err == nil {
		err = process.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	for said := 1; lines.Scan(); said++ {
		n, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			t.Fatalf("the process that saves says %q", lines.Text())
		}
		acknowledged.Store(n)
		if said == 40 {
			_ = process.Process.Kill() // what it has said until then is still read
		}
	}
	if err := process.Wait(); err == nil {
		t.Fatal("the process that saves has ended by itself")
	}
}
