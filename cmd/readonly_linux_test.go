package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"latchkey/cmd/internal/programs"
)

// readOnly runs a script of a shell in $DIRECTORY, where the workshop's directory is mounted read only as $MOUNT: in a namespace of its own, which an
// ordinary user gets with a namespace of users.
func (w *workshop) readOnly(script string) string {
	w.t.Helper()
	unshare := programs.Need(w.t, "unshare")
	flags := "-m"
	if os.Geteuid() != 0 {
		flags = "-rm"
	}
	mount := filepath.Join(w.t.TempDir(), "mount")
	if err := os.Mkdir(mount, 0o700); err != nil {
		w.t.Fatal(err)
	}
	run := func(script string) (string, error) {
		command := exec.CommandContext(w.t.Context(), unshare, flags, "sh", "-euc", `mount --bind "$DIRECTORY" "$MOUNT"; mount -o remount,ro,bind "$MOUNT"; `+script)
		command.Env = append(w.environment(), "DIRECTORY="+w.directory, "MOUNT="+mount, "LATCHKEY_DB="+filepath.Join(mount, "latchkey.db"), "LATCHKEY="+binary)
		output, err := command.CombinedOutput()
		return string(output), err
	}
	if said, err := run(`! touch "$MOUNT/x"`); err != nil {
		w.t.Skipf("nothing can be mounted here: %v: %s", err, said)
	}
	said, err := run(script)
	if err != nil {
		w.t.Fatalf("%v: %s", err, said)
	}
	return said
}

// TestReadOnlyMount: on a volume that is mounted read only, for root too, what only reads works, and what writes says why it
// does not.
func TestReadOnlyMount(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ci", "--save")
	w.run("token", "enable", "ci", "--save")
	w.run("perm", "grant", "ci", "orders:view", "--save")
	w.serve().end()
	said := w.readOnly(`
		"$LATCHKEY" user list --output name
		"$LATCHKEY" can ci orders:view
		"$LATCHKEY" log --verify
		"$LATCHKEY" status
		"$LATCHKEY" ca
		"$LATCHKEY" doctor
		"$LATCHKEY" token list
		"$LATCHKEY" resource export orders
		"$LATCHKEY" backup "$DIRECTORY/copy.db"
		"$LATCHKEY" restore "$MOUNT/latchkey.db" --db "$DIRECTORY/restored.db" -y
		! "$LATCHKEY" user add other --save
		! "$LATCHKEY" serve --listen 127.0.0.1:0`)
	if got := strings.Count(said, "this user cannot read and write there"); got != 2 {
		t.Errorf("got %d refusals, want that of the edit and that of the server:\n%s", got, said)
	}
	if w.run("user", "list", "--output", "name") != "ci\n" {
		t.Error("the database was changed")
	}
}

// TestReadOnlyMountWithAWAL: what was saved last is in the WAL, which cannot be read there. That is an error, as an answer would be
// an old one.
func TestReadOnlyMountWithAWAL(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	server := w.serve()
	w.run("user", "add", "ci", "--save")
	for _, suffix := range []string{"", "-wal"} { // as a copy of the volume has them
		content, err := os.ReadFile(filepath.Join(w.directory, "latchkey.db"+suffix))
		if err == nil {
			err = os.WriteFile(filepath.Join(w.directory, "copied.db"+suffix), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	server.end()
	said := w.readOnly(`! "$LATCHKEY" user list --db "$MOUNT/copied.db"`)
	if !strings.Contains(said, "what was saved last waits in ") || !strings.Contains(said, "copied.db-wal") {
		t.Errorf("got %s, want the WAL named", said)
	}
	if got := w.run("user", "list", "--db", filepath.Join(w.directory, "copied.db"), "--output", "name"); got != "ci\n" {
		t.Errorf("where it can be written: got %q, want what the WAL has", got)
	}
}

// TestClosesWithoutProc: 'doctor --fix' closes a file where /proc is not mounted, as in a chroot.
func TestClosesWithoutProc(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	database := filepath.Join(w.directory, "latchkey.db")
	if err := unix.Fchmodat(unix.AT_FDCWD, database, 0o666, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		t.Skipf("this Linux has no fchmodat2: %v", err)
	}
	said := w.readOnly(`mount -t tmpfs none /proc; LATCHKEY_DB="$DIRECTORY/latchkey.db" "$LATCHKEY" doctor --fix`)
	if info, err := os.Stat(database); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v: %s", info.Mode(), err, said)
	}
}
