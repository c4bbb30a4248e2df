package proof

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test runs itself again in a mount namespace of its own; these say that it has, and with which program.
const (
	powerVariable  = "LATCHKEY_PROOF_POWER"
	binaryVariable = "LATCHKEY_PROOF_BINARY"
)

// TestPowerCut cuts the power of a real file system under the binary: whatever was acknowledged before stays so, and the
// token that it revoked stays revoked (promise 1, D2). Control arms with weaker settings of SQLite must lose what they
// acknowledged, else the test is blind.
//
// The power is cut by the shutdown call of ext4, without a flush of its journal: what was not synced is gone.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	need(t, "root", "unshare", "mount", "umount", "mkfs.ext4")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	command := exec.CommandContext(t.Context(), "unshare", "--mount", "--propagation", "private", self)
	command.Env = append(os.Environ(), powerVariable+"="+directory, binaryVariable+"="+binary)
	output, err := command.CombinedOutput()
	switch {
	case status(err) == exitNoDisk:
		t.Skipf("takes a loop device: %s", output)
	case err != nil:
		t.Fatalf("%v\n%s", err, output)
	}
	t.Logf("%s", output)
}

// exitNoDisk is the exit status of cutPower where no file system can be mounted.
const exitNoDisk = 77

// cutPower is the test in its mount namespace; it returns its exit status.
func cutPower(directory string) int {
	binary = os.Getenv(binaryVariable)
	under := &disk{image: filepath.Join(directory, "disk.img"), mount: filepath.Join(directory, "disk")}
	if err := under.fresh(); err != nil {
		tell("%v", err)
		return exitNoDisk
	}
	defer under.unmount() //nolint:errcheck // the namespace ends with the process
	arms := []struct {
		name string
		cuts int
		cut  func(disk *disk) error
	}{
		{"control: WAL, synchronous=NORMAL loses", amount(1, 20), func(disk *disk) error { return control(disk, "wal", "normal", false) }},
		{"control: rollback journal, synchronous=FULL loses", amount(1, 20), func(disk *disk) error { return control(disk, "delete", "full", false) }},
		{"control: WAL, synchronous=FULL keeps", amount(1, 20), func(disk *disk) error { return control(disk, "wal", "full", true) }},
		{"regenerate", amount(3, 100), func(disk *disk) error { return revoke(disk, "token", "regenerate", "ci", "--save") }},
		{"disable", amount(1, 50), func(disk *disk) error { return revoke(disk, "token", "disable", "ci", "--save") }},
		{"remove", amount(1, 50), func(disk *disk) error { return revoke(disk, "user", "remove", "ci", "-y", "--save") }},
		{"at any instant", amount(3, 200), busy},
	}
	for _, arm := range arms {
		for number := range arm.cuts {
			err := under.fresh()
			if err == nil {
				err = arm.cut(under)
			}
			if err != nil {
				tell("%s, cut %d: %v", arm.name, number+1, err)
				return 1
			}
		}
		tell("%s: %d cuts", arm.name, arm.cuts)
	}
	return 0
}

// tell writes a line of what the test's parent reports.
func tell(format string, arguments ...any) {
	_, _ = fmt.Fprintf(os.Stdout, format+"\n", arguments...)
}

// disk is an ext4 file system in a file.
type disk struct {
	image, mount string
	mounted      bool
}

// fresh makes the file system anew.
func (d *disk) fresh() error {
	if err := errors.Join(d.unmount(), os.MkdirAll(d.mount, 0o700), os.RemoveAll(d.image)); err != nil {
		return err
	}
	file, err := os.Create(d.image)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Truncate(32<<20), file.Close(), tool("mkfs.ext4", "-q", "-F", d.image)); err != nil {
		return err
	}
	return d.remount()
}

// remount mounts the file system, which recovers its journal.
func (d *disk) remount() error {
	err := tool("mount", "-o", "loop", d.image, d.mount)
	d.mounted = err == nil
	return err
}

func (d *disk) unmount() error {
	if !d.mounted {
		return nil
	}
	d.mounted = false
	return tool("umount", d.mount)
}

// cut ends all writing to the file system at once, as if its power were gone.
func (d *disk) cut() error {
	const shutdown, withoutLogFlush = 0x8004587D, 2
	root, err := os.Open(d.mount)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := unix.IoctlSetPointerInt(int(root.Fd()), shutdown, withoutLogFlush); err != nil {
		return fmt.Errorf("cutting the power: %w", err)
	}
	return nil
}

// restart mounts the file system again after a cut.
func (d *disk) restart() error { return errors.Join(d.unmount(), d.remount()) }

func tool(name string, arguments ...string) error {
	if output, err := exec.CommandContext(context.Background(), name, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(arguments, " "), err, output)
	}
	return nil
}

// control acknowledges a change with settings of its own, cuts the power, and says whether it was kept as it should be.
// As with a server running, another connection stays open.
func control(disk *disk, journal, synchronous string, keeps bool) error {
	ctx := context.Background()
	open := func() (*sql.DB, error) {
		return sql.Open("sqlite", fmt.Sprintf("file:%s/control.db?_pragma=journal_mode(%s)&_pragma=synchronous(%s)", disk.mount, journal, synchronous))
	}
	pool, err := open()
	if err != nil {
		return err
	}
	held, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = held.ExecContext(ctx, `CREATE TABLE tokens (token TEXT); INSERT INTO tokens VALUES ('old')`)
	if journal == "wal" && err == nil {
		_, err = held.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	}
	if err != nil {
		return err
	}
	unix.Sync()
	if _, err := pool.ExecContext(ctx, `UPDATE tokens SET token = 'new'`); err != nil {
		return err
	}
	if err := disk.cut(); err != nil {
		return err
	}
	_, _ = held.Close(), pool.Close() // they find their disk gone
	if err := disk.restart(); err != nil {
		return err
	}
	if pool, err = open(); err != nil {
		return err
	}
	defer pool.Close()
	var found string
	if err := pool.QueryRowContext(ctx, `SELECT token FROM tokens`).Scan(&found); err != nil {
		return err
	}
	if kept := found == "new"; kept != keeps {
		return fmt.Errorf("the acknowledged change was kept: %v, want %v", kept, keeps)
	}
	return nil
}

// try runs a command and returns what it prints.
func (i installation) try(arguments ...string) (string, error) {
	command := i.command(context.Background(), nil, arguments...)
	var messages strings.Builder
	command.Stderr = &messages
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("latchkey %s: %w: %s", strings.Join(arguments, " "), err, messages.String())
	}
	return strings.TrimSpace(string(output)), nil
}

// enabled makes a database on the disk with a user ci, and returns ci's token.
func enabled(disk *disk) (installation, string, error) {
	i := at(filepath.Join(disk.mount, "data"))
	if err := os.Mkdir(i.directory, 0o700); err != nil {
		return i, "", err
	}
	_, initErr := i.try("init")
	_, addErr := i.try("user", "add", "ci", "--save")
	token, err := i.try("token", "enable", "ci", "--save")
	return i, token, errors.Join(initErr, addErr, err)
}

// revoke takes a token away under a running server, cuts the power once the command has ended well, and looks whether
// the token is still gone afterwards.
func revoke(disk *disk, arguments ...string) error {
	i, old, err := enabled(disk)
	if err != nil {
		return err
	}
	server, err := i.start()
	if err != nil {
		return err
	}
	unix.Sync() // so that only the revocation is at stake
	fresh, err := i.try(arguments...)
	if err := errors.Join(err, disk.cut()); err != nil {
		server.kill()
		return err
	}
	server.kill()
	if err := disk.restart(); err != nil {
		return err
	}
	if err := i.examine(context.Background()); err != nil {
		return err
	}
	if err := i.accepts(old, false); err != nil || fresh == "" {
		return err
	}
	return i.accepts(fresh, true)
}

// accepts checks whether a server accepts a token of ci.
func (i installation) accepts(token string, want bool) error {
	server, err := i.start()
	if err != nil {
		return err
	}
	defer server.kill()
	status, err := server.get(context.Background(), "ci", token, "/api/v2/time")
	switch {
	case err != nil:
		return err
	case status != http.StatusOK && status != http.StatusUnauthorized:
		return fmt.Errorf("a token is answered with %d", status)
	case (status == http.StatusOK) != want:
		return fmt.Errorf("a token is accepted: %v, want %v", status == http.StatusOK, want)
	}
	return nil
}

// busy cuts the power at any instant while one save comes after the other: the last one that was acknowledged is kept.
func busy(disk *disk) error {
	i, _, err := enabled(disk)
	if err != nil {
		return err
	}
	server, err := i.start()
	if err != nil {
		return err
	}
	var acknowledged atomic.Int64
	ended := make(chan error, 1)
	go func() {
		for number := int64(1); ; number++ {
			if _, err := i.try("user", "edit", "ci", "--note", fmt.Sprint(number), "--save"); err != nil {
				ended <- err
				return
			}
			acknowledged.Store(number)
		}
	}()
	<-time.After(time.Duration(time.Now().UnixNano()%60) * time.Millisecond)
	// Before the cut, not after: ext4 may answer a sync well while it goes down, which no machine without power does.
	last := acknowledged.Load()
	cutErr := disk.cut()
	if err := <-ended; cutErr == nil && err == nil {
		cutErr = errors.New("saving went on without a disk")
	}
	server.kill()
	if err := errors.Join(cutErr, disk.restart(), i.examine(context.Background())); err != nil {
		return err
	}
	note, err := i.try("user", "show", "ci", "--field", "note")
	if err != nil {
		return err
	}
	var kept int64
	if _, err := fmt.Sscan(note, &kept); err != nil && note != "" {
		return err
	}
	if kept < last || kept > acknowledged.Load()+1 {
		return fmt.Errorf("save %d was acknowledged, and %d is there", last, kept)
	}
	return nil
}
