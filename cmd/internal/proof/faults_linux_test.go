package proof

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/tokens"
)

// calls are the system calls that change files, or that the outcome of such a change is learned from.
var calls = []string{"write", "pwrite64", "ftruncate", "fsync", "fdatasync", "fallocate", "renameat2", "rename", "renameat",
	"unlink", "unlinkat", "mkdirat", "fchmod", "fchmodat", "openat"}

// fault is what happens at a system call: the process dies there, or the call fails.
type fault struct {
	name   string
	inject string // strace's word for it
	stays  bool   // every later call of the kind fails too, as on a full disk
}

var faults = []fault{
	{"kill", "signal=KILL", false},
	{"input/output error", "error=EIO", false},
	{"no space", "error=ENOSPC", false},
	{"broken disk", "error=EIO", true},
	{"full disk", "error=ENOSPC", true},
}

// edit is an editing command on the installation that [faultSetup] makes.
type edit struct {
	line     string
	short    bool // of those that the short form tries
	harmless bool // what it makes may be there although it failed
}

var editLines = []edit{
	{"token regenerate ci --save", true, false},
	{"save", true, false},
	{"token regenerate ci", false, false},
	{"token enable off --save", false, false},
	{"token disable ci --save", false, false},
	{"user add new --save", false, false},
	{"user edit off --note changed --save", false, false},
	{"user rename off on --save", false, false},
	{"user remove off -y --save", false, false},
	{"perm deny ci orders:view", false, false},
	{"perm grant off orders:view --save", false, false},
	{"role assign support off --save", false, false},
	{"rollback 2 --save", false, false},
	{"discard", false, false},
	{"restore before.db -y", false, false},
	{"backup after.db", false, true},
}

var faultSetup = []string{"user add ci off --save", "user edit off --note first --save", "role add support --save",
	"perm grant ci orders:view --save", "role grant support brands:view --save"}

// TestFaults lets every editing command meet every fault at every system call that changes a file. Whatever comes of it,
// what is live is the old state or the new one whole, the command's exit status says which, nothing is damaged, and the
// next command just works (promise 2, D3, D4).
//
// strace counts calls in each thread, and the Go runtime moves work between threads: a fault is tried at the first,
// second, third call and so on until none is reached any more.
func TestFaults(t *testing.T) {
	t.Parallel()
	need(t, "strace")
	began := install(t, faultSetup...)
	token, err := tokens.Parse(began.do(t, "token", "enable", "ci", "--save"))
	if err != nil {
		t.Fatal(err)
	}
	began.do(t, "backup", "before.db")
	began.do(t, "user", "edit", "ci", "--note", "staged")
	began.do(t, "user", "edit", "off", "--email", "late@example.org", "--save")
	for _, edit := range editLines {
		if !edit.short && !long() {
			continue
		}
		t.Run(edit.line, func(t *testing.T) {
			t.Parallel()
			p := newPath(t, began, edit, token)
			for _, fault := range faults {
				if !long() && fault.stays {
					continue
				}
				for _, call := range calls {
					p.follow(t, fault, call)
				}
			}
			if p.met == 0 {
				t.Error("no fault was met: the test is blind")
			}
			t.Logf("%d faults met", p.met)
		})
	}
}

// path is one command from the state before it to the one after.
type path struct {
	edit
	began    installation
	words    []string
	old, new string // states
	known    map[string]string
	met      int
}

func newPath(t *testing.T, began installation, edit edit, token tokens.Token) *path {
	t.Helper()
	p := &path{edit: edit, began: began, words: strings.Fields(edit.line), known: map[string]string{tokens.DigestOf(token.Reveal()).Fingerprint(): "old"}}
	p.old = p.stateOf(t, began)
	done := began.clone(t)
	done.do(t, p.words...)
	p.new = p.stateOf(t, done)
	return p
}

func (p *path) stateOf(t *testing.T, i installation) string {
	t.Helper()
	state, err := i.state(t.Context(), p.known)
	if err != nil {
		t.Fatal(err)
	}
	backup := i
	backup.database = filepath.Join(i.directory, "after.db")
	if _, err := os.Stat(backup.database); err == nil {
		state += "\nbacked up"
		if err := backup.examine(t.Context()); err != nil {
			t.Errorf("the backup: %v", err)
		}
	}
	return state
}

// follow meets a fault at the first, second, … call of a kind, as long as there is one.
func (p *path) follow(t *testing.T, fault fault, call string) {
	t.Helper()
	for count := 1; ; count++ {
		i := p.began.clone(t)
		when := fmt.Sprintf("%s:%s:when=%d", call, fault.inject, count)
		if fault.stays {
			when += "+"
		}
		trace := filepath.Join(i.directory, "trace")
		command := i.command(t.Context(), []string{"strace", "-f", "-qq", "-o", trace, "-e", "trace=" + call, "-e", "inject=" + when}, p.words...)
		var messages bytes.Buffer
		command.Stderr = &messages
		printed, err := command.Output()
		if !injected(t, trace) {
			return
		}
		p.met++
		what := fmt.Sprintf("%s at %s %d (exit %d, %s)", fault.name, call, count, status(err), strings.TrimSpace(messages.String()))
		if err := os.Remove(trace); err != nil {
			t.Fatal(err)
		}
		p.judge(t, i, what, status(err), string(printed))
		if err := os.RemoveAll(i.directory); err != nil {
			t.Fatal(err)
		}
	}
}

func injected(t *testing.T, trace string) bool {
	t.Helper()
	content, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(content, []byte("(INJECTED)")) || bytes.Contains(content, []byte("killed by SIGKILL"))
}

const (
	killed       = 128 + 9
	exitNotKnown = 11
)

// judge checks what a fault has left behind.
func (p *path) judge(t *testing.T, i installation, what string, exit int, printed string) {
	t.Helper()
	if err := i.examine(t.Context()); err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	now := p.stateOf(t, i)
	switch {
	case now != p.old && now != p.new:
		t.Errorf("%s: neither the old state nor the new one:\n%s", what, now)
	case exit == 0 && now != p.new:
		t.Errorf("%s: the command said that it was done, and it is not", what)
	case exit != 0 && exit != killed && exit != exitNotKnown && now != p.old && !p.harmless && !saidSaved(what):
		t.Errorf("%s: the command failed, and its change was made", what)
	}
	if exit == 0 && slices.Contains(p.words, "regenerate") && slices.Contains(p.words, "--save") {
		p.mustWork(t, i, what, printed)
	}
	i.do(t, "user", "edit", "ci", "--email", "next@example.org", "--draft", "next")
	i.do(t, "save", "--draft", "next")
}

// saidSaved: a change that was made and could not be told ends with a failure that says so.
func saidSaved(what string) bool { return strings.Contains(what, "is saved, but could not be printed") }

// mustWork checks that what was printed by a command that succeeded is the token.
func (p *path) mustWork(t *testing.T, i installation, what, printed string) {
	t.Helper()
	if err := i.accepts(strings.TrimSpace(printed), true); err != nil {
		t.Errorf("%s: the printed token: %v", what, err)
	}
}
