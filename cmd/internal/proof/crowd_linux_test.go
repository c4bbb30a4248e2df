package proof

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestCrowdOfProcesses lets many processes save at once, each many times, while two servers answer: none is told that
// the database is locked, no save is lost or doubled, and the write-ahead log does not grow without end (D6). The long
// form is 64 processes and 100 saves each.
func TestCrowdOfProcesses(t *testing.T) {
	t.Parallel()
	processes, saves := amount(16, 64), amount(4, 100)
	i := install(t)
	token := func() string {
		i.do(t, "user", "add", "reader", "--save")
		return i.do(t, "token", "enable", "reader", "--save")
	}()
	for n := range processes {
		i.do(t, "user", "add", fmt.Sprintf("user%d", n), "--save")
	}
	before := i.do(t, "status", "--field", "revision")
	servers := []*server{i.serve(t), i.serve(t)}
	ctx, stop := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	var answers atomic.Int64
	for _, s := range servers {
		asking.Go(func() {
			for ctx.Err() == nil {
				if code, err := s.get(ctx, "reader", token, "/api/v2/time"); ctx.Err() == nil && (err != nil || code != 200) {
					t.Errorf("a reader got %d, %v", code, err)
					return
				}
				answers.Add(1)
			}
		})
	}
	var saving sync.WaitGroup
	for n := range processes {
		saving.Go(func() {
			for save := range saves {
				command := i.command(t.Context(), nil, "user", "edit", fmt.Sprintf("user%d", n), "--note", fmt.Sprint(save), "--save")
				var messages bytes.Buffer
				command.Stderr = &messages
				if err := command.Run(); err != nil {
					t.Errorf("save %d of process %d: %v: %s", save, n, err, messages.String())
					return
				}
			}
		})
	}
	saving.Wait()
	stop()
	asking.Wait()
	if answers.Load() == 0 {
		t.Error("no reader was answered: the test is blind")
	}
	var first, last int
	if _, err := fmt.Sscan(before+" "+i.do(t, "status", "--field", "revision"), &first, &last); err != nil || last-first != processes*saves {
		t.Errorf("got %d revisions, %v; want %d", last-first, err, processes*saves)
	}
	notes := i.do(t, "user", "list", "--field", "note")
	if got := strings.Count("\n"+notes+"\n", fmt.Sprintf("\n%d", saves-1)); got != processes {
		t.Errorf("%d users have the last note, want %d:\n%s", got, processes, notes)
	}
	if err := i.examine(t.Context()); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(i.database + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > mostLog {
		t.Errorf("the log has grown to %d bytes", info.Size())
	}
	t.Logf("%d saves, %d answers meanwhile, a log of %d bytes", processes*saves, answers.Load(), info.Size())
}

// mostLog is several times what SQLite moves into the file at once (1000 pages), in bytes: readers may hold that up.
const mostLog = 16 << 20
