package cmd_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLastUsed: what a server has answered is shown once it has told, of each token by itself; asking makes no file, and
// a file that cannot be read is told and no more.
func TestLastUsed(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	file := filepath.Join(w.directory, "latchkey-data.db")
	shown := func(field string) string {
		t.Helper()
		shown := strings.TrimSpace(w.run("token", "show", "ci", "--field", field))
		for _, args := range [][]string{{"token", "list"}, {"user", "show", "ci"}, {"user", "list"}} {
			if got := strings.TrimSpace(w.run(append(args, "--field", field)...)); got != shown {
				t.Errorf("%s: got %s %q, want %q as in token show", args, field, got, shown)
			}
		}
		return shown
	}
	w.run("init")
	w.run("user", "add", "ci", "--save")
	token := strings.TrimSpace(w.run("token", "enable", "ci", "--save"))
	if got := shown("last_used_at"); got != "" {
		t.Errorf("before any server: got %q, want nothing", got)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("asking has made %s (%v)", file, err)
	}
	server := w.serve()
	server.get("ci", "wrong", "/api/v2/time")
	began := time.Now().Truncate(time.Second)
	server.get("ci", token, "/api/v2/time")
	server.end() // what was noted is written
	at, err := time.Parse(time.RFC3339, shown("last_used_at"))
	if err != nil || at.Before(began) {
		t.Errorf("got %v (%v), want a time from %v on", at, err, began)
	}
	w.run("token", "regenerate", "ci", "--grace", "1h", "--save")
	if retiring := shown("retiring_last_used_at"); shown("last_used_at") != "" || retiring != at.Format(time.RFC3339) {
		t.Errorf("after a rotation: got %q and of the retiring token %q, want nothing and %v", shown("last_used_at"), retiring, at)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := shown("retiring_last_used_at"); got != at.Format(time.RFC3339) || !strings.Contains(w.messages.String(), "closed now") {
		t.Errorf("from a file open to others: got %q and the messages\n%s\nwant %v and a warning", got, w.messages.String(), at)
	}
}
