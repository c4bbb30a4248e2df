//go:build linux

package cmd_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"

	"latchkey/cmd/internal/programs"
)

// terminalCommands are looked at on a terminal: the exit status each must have, what must be seen, and the beginnings
// of the lines that are known to be wider than 80 columns.
var terminalCommands = []struct {
	args   []string
	status int
	sees   []string
	wide   []string
}{
	{[]string{"status"}, 0, []string{"database: ", "latchkey.db", "operator: ", "revision: ", "head: ", "users: ", "changes: ", "2 to change, 1 in conflict", "staged: ", "ci: access", "conflict", "next: ", "latchkey rebase"}, nil},
	{[]string{"status", "--all"}, 0, []string{"OPERATOR", "DRAFT", "STAGED", "FIELDS", "LAST EDIT", "CONFLICT", "os:bob", "no"}, nil},
	{[]string{"diff"}, 0, []string{"rule orders:delete_all", "- allow until 2", "+ deny", "token ", "~ ", "old one 1h more"}, nil},
	{[]string{"diff", "1", "2"}, 0, []string{"role:support", "role support", "+ assigned", "+ allow"}, nil},
	{[]string{"user", "show", "ci"}, 0, []string{"name: ", "email: ", "note: ", "access: ", "token: ", "rule: ", "allow orders:delete_all until", "role: ", "revision: "}, nil},
	{[]string{"user", "list"}, 0, []string{"NAME", "ACCESS", "TOKEN", "RULES", "CHANGED", "NOTE", "off", "on"}, nil},
	{[]string{"token", "list"}, 0, []string{"NAME", "ACCESS", "TOKEN", "ISSUED", "RETIRING", "UNTIL", "off", "on"}, nil},
	{[]string{"role", "show", "support"}, 0, []string{"role: ", "rule: ", "user: ", "ci"}, nil},
	{[]string{"perm", "show", "ci"}, 0, []string{"NAME", "EFFECT", "PERMISSION", "UNTIL", "THROUGH", "deny", "allow", "role support"}, nil},
	{[]string{"perm", "list"}, 0, []string{"PERMISSION", "FOR", "orders:delete_all", "DELETE /api/v2/orders", "users:view", "latchkey user list"}, nil},
	{[]string{"can", "ci", "GET", "/api/v2/orders"}, 0, []string{"allowed: ", "yes", "permission: ", "orders:view", "reason: ", "rule: allow orders:view"}, nil},
	{[]string{"can", "ci", "orders:delete"}, 3, []string{"allowed: ", "no", "reason: ", "rule: deny orders:delete (role support)", "overruled: ", "allow orders:*"}, nil},
	{[]string{"can", "ci", "PUT", "/api/v2/products/5"}, 3, []string{"allowed: ", "no rule allows it", "near miss: ", "other action: allow products:view"}, nil},
	{[]string{"who", "orders:view"}, 0, []string{"NAME", "RULE", "ROLE", "UNTIL", "allow orders:view"}, nil},
	{[]string{"log"}, 0, []string{"REVISION", "SAVED", "OPERATOR", "CHANGED", "MESSAGE", "os:ann", "role:support, ci"}, nil},
	{[]string{"log", "--verify"}, 0, []string{"ok: 5 revisions, chain whole", "head: "}, nil},
	{[]string{"show", "2"}, 0, []string{"revision: ", "saved: ", "operator: ", "known by: ", "message: ", "role:support", "+ answers customers"}, nil},
}

// TestOnATerminal runs commands on a real terminal of 80 and of 132 columns, with colours and without: no line is wider,
// headings and words are there, colours are of the palette that the person chose, and nothing is told by them alone.
func TestOnATerminal(t *testing.T) {
	t.Parallel()
	m := newMultiplexer(t)
	for _, c := range terminalCommands {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			for _, width := range []int{narrow, 132} {
				plain := m.start(t, width, "NO_COLOR=1", c.args...).finish()
				color := m.start(t, width, "NO_COLOR=", c.args...).finish()
				for _, p := range []*pane{plain, color} {
					p.wantStatus(c.status)
					p.wantNarrow(c.wide)
					p.wantSeen(c.sees)
					p.wantPalette(p == color)
				}
				if got, want := uncut(color.text()), uncut(plain.text()); got != want {
					t.Errorf("%d columns, with colours: got\n%s\nwant what is seen without\n%s", width, got, want)
				}
			}
		})
	}
}

// TestQuestionOnATerminal: a removal is asked about, and only yes is a yes.
func TestQuestionOnATerminal(t *testing.T) {
	t.Parallel()
	m := newMultiplexer(t)
	for _, c := range []struct {
		name   string
		keys   []string
		status int
		staged bool
	}{
		{"no", []string{"n", "Enter"}, 7, false},
		{"silence", []string{"Enter"}, 7, false},
		{"interrupted", []string{"C-c"}, 130, false},
		{"end of input", []string{"C-d"}, 7, false},
		{"yes", []string{"y", "Enter"}, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := m.start(t, narrow, "NO_COLOR=1", "user", "remove", "shop")
			p.await("[y/N] ")
			p.wantSeen([]string{"shop"})
			m.tmux(t, append([]string{"send-keys", "-t", p.target}, c.keys...)...)
			p.finish().wantStatus(c.status)
			after := m.start(t, narrow, "NO_COLOR=1", "status").finish().text()
			if staged := strings.Contains(after, "shop: remove"); staged != c.staged {
				t.Errorf("staged: got %v, want %v:\n%s", staged, c.staged, after)
			}
		})
	}
}

// TestLessOnATerminal: less shows what is longer than the screen; Ctrl-C is its own, and leaving it early is no failure. What fits
// is shown without it.
func TestLessOnATerminal(t *testing.T) {
	t.Parallel()
	programs.Need(t, "less")
	m := newMultiplexer(t)
	m.environment = append(m.environment, "PAGER=less")
	p := m.start(t, narrow, "NO_COLOR=1", "perm", "list")
	p.await("\n:")
	m.tmux(t, "send-keys", "-t", p.target, "/zones", "Enter")
	p.await("shipping_zones")
	m.tmux(t, "send-keys", "-t", p.target, "C-c")
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for i := 0; i < 200 && !strings.Contains(p.capture("-J"), ended); i++ { // Ctrl-C may throw away the keys after it
		m.tmux(t, "send-keys", "-t", p.target, "q")
		<-look.C
	}
	p.finish().wantStatus(0)
	m.start(t, narrow, "NO_COLOR=1", "user", "list").finish().wantSeen([]string{"NAME", "shop"})
}

// multiplexer is a tmux server of its own, and a database with something of everything.
type multiplexer struct {
	*workshop
	environment []string
	panes       int
}

// terminalScript makes the database that the commands look at. It is a shell script, with latchkey in the path.
const terminalScript = `set -e
latchkey init
latchkey user add ci --email operations@example.org --note "the build server, which is also the one that makes the releases every night"
latchkey user add shop "$(printf 'l\303\270tte')" --note "$(printf '\346\235\261\344\272\254\343\201\256\345\200\211\345\272\253 "quoted" \033[31m')"
latchkey token enable ci shop >tokens
latchkey perm grant ci orders:view products:view 'customers:*'
latchkey perm grant ci orders:delete_all --until 2198-12-31T23:59:59Z
latchkey save -m "the first users"
latchkey role add support --note "answers customers"
latchkey role grant support 'orders:*' customers:view
latchkey role deny support orders:delete
latchkey role assign support ci
latchkey save -m "whoever answers customers may look at orders and correct them, but not delete any: ticket 4711, as agreed"
latchkey user edit shop --note "short" --save
latchkey token regenerate ci --grace 24h --save -m "rotated" >tokens
SUDO_USER=bob latchkey user edit ci --note "from bob"
latchkey user edit shop --note "what I mean"
SUDO_USER=bob latchkey user edit shop --note "what bob means" --save
latchkey perm deny ci orders:delete_all
latchkey token regenerate ci --grace 1h >tokens
`

// narrow is how many columns a terminal has at least.
const narrow = 80

// tmuxSettings leave the whole pane to the command.
const tmuxSettings = `set -g status off
set -g default-terminal screen-256color
set -g remain-on-exit on
set -g history-limit 2000
`

func newMultiplexer(t *testing.T) *multiplexer {
	t.Helper()
	programs.Need(t, "tmux")
	m := &multiplexer{workshop: newWorkshop(t)}
	m.environment = []string{
		"PATH=" + filepath.Dir(binary) + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + m.directory, "LC_ALL=C.UTF-8",
		"LATCHKEY_DB=" + filepath.Join(m.directory, "latchkey.db"), "SUDO_USER=ann", "TERM=xterm-256color", "COLORTERM=truecolor",
		"TMUX_TMPDIR=" + m.directory, "PAGER=cat",
	}
	prepare := exec.CommandContext(t.Context(), "sh", "-c", terminalScript)
	prepare.Dir, prepare.Env = m.directory, m.environment
	if told, err := prepare.CombinedOutput(); err != nil {
		t.Fatalf("preparing the database: %v: %s", err, told)
	}
	if err := os.WriteFile(filepath.Join(m.directory, "tmux.conf"), []byte(tmuxSettings), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		kill := exec.CommandContext(ctx, "tmux", "-L", "latchkey-test", "kill-server")
		kill.Env = m.environment
		_ = kill.Run() // there is none where no command was started
	})
	return m
}

// tmux runs a command of tmux on a server whose socket is in a folder of the test's own, and returns its output.
func (m *multiplexer) tmux(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "tmux",
		append([]string{"-u", "-L", "latchkey-test", "-f", filepath.Join(m.directory, "tmux.conf")}, args...)...)
	command.Env = m.environment
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("tmux %s: %v: %s", args[0], err, output)
	}
	return string(output)
}

// pane is a command that runs, or has run, on a terminal.
type pane struct {
	t      *testing.T
	m      *multiplexer
	width  int
	target string
	said   string
}

// ended is what is printed after the command, with its status. The shell outlives an interrupt and waits for nothing.
const ended = "exit-status:"

// start starts latchkey on a terminal of 24 lines.
func (m *multiplexer) start(t *testing.T, width int, setting string, args ...string) *pane {
	t.Helper()
	m.panes++
	p := &pane{t: t, m: m, width: width, target: fmt.Sprintf("pane%d", m.panes)}
	script := `trap : INT; "$@"; printf '\n` + ended + `%d.\n' $?; exec cat`
	m.tmux(t, append([]string{"new-session", "-d", "-s", p.target, "-x", fmt.Sprint(width), "-y", "24",
		"env", setting, "sh", "-c", script, "sh", "latchkey"}, args...)...)
	return p
}

// terminalDeadline is far more than any command needs, and less than a terminal takes that is asked something it does
// not answer.
const terminalDeadline = 15 * time.Second

// await looks at the pane until a text is there.
func (p *pane) await(text string) {
	p.t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	late := time.NewTimer(terminalDeadline)
	defer late.Stop()
	for !strings.Contains(p.capture("-J"), text) {
		select {
		case <-look.C:
		case <-late.C:
			p.t.Fatalf("after %v: got\n%s\nwant %q", terminalDeadline, p.capture(), text)
		}
	}
}

// finish waits until the command has ended.
func (p *pane) finish() *pane {
	p.t.Helper()
	p.await(ended)
	p.said = p.capture("-J")
	return p
}

// capture is all that the pane has shown. With -J, lines that were wrapped are joined; with -e, there are colours.
func (p *pane) capture(flags ...string) string {
	p.t.Helper()
	return p.m.tmux(p.t, append([]string{"capture-pane", "-p", "-S", "-", "-t", p.target}, flags...)...)
}

// text is what the command has written.
func (p *pane) text() string {
	text, _, _ := strings.Cut(p.said, "\n"+ended)
	return text
}

func (p *pane) wantStatus(want int) {
	p.t.Helper()
	if !strings.Contains(p.said, fmt.Sprintf("%s%d.", ended, want)) {
		p.t.Errorf("got\n%s\nwant exit status %d", p.said, want)
	}
}

// messageLine is a line on standard error: a sentence, which the terminal may wrap.
var messageLine = regexp.MustCompile(`^(note|warning|hint|latchkey): \S`)

// wantNarrow checks that no line of the data is wider than the terminal, and on the narrow one those alone that are
// known to be.
func (p *pane) wantNarrow(known []string) {
	p.t.Helper()
	for line := range strings.SplitSeq(p.text(), "\n") {
		isKnown := slices.ContainsFunc(known, func(begin string) bool { return strings.HasPrefix(line, begin) })
		got := lipgloss.Width(strings.TrimRight(line, " "))
		switch {
		case got > p.width && !messageLine.MatchString(line) && !(isKnown && p.width == narrow):
			p.t.Errorf("%d columns: got %d in\n%s\nwhich is, on the terminal,\n%s", p.width, got, line, p.capture())
		case got <= p.width && isKnown && p.width == narrow:
			p.t.Errorf("%d columns: it was known to be wider, and is no more: take it off the list:\n%s", p.width, line)
		}
	}
}

// uncut is a text without what may differ from run to run, which where a cell is cut to the width also does.
func uncut(text string) string {
	return cutCell.ReplaceAllString(masked(text), "…")
}

var cutCell = regexp.MustCompile(`\S+( \S+)* ?…`)

func (p *pane) wantSeen(words []string) {
	p.t.Helper()
	text := p.capture("-J")
	for _, word := range words {
		if !strings.Contains(text, word) {
			p.t.Errorf("%d columns: got\n%s\nwant %q in it", p.width, text, word)
		}
	}
}

var (
	escapeSequence = regexp.MustCompile("\x1b(\\[[0-9;:]*m)?")
	// paletteSequence is what sets or ends bold, faint and a colour of the 16 that every terminal has.
	paletteSequence = regexp.MustCompile("^\x1b\\[((0|1|2|22|3[0-79]|49|9[0-7])(;|m))*$|^\x1b\\[m$")
)

// wantPalette checks the colours, and that there are some, or none.
func (p *pane) wantPalette(some bool) {
	p.t.Helper()
	text, _, _ := strings.Cut(p.capture("-e", "-J"), "\n"+ended)
	found := escapeSequence.FindAllString(text, -1)
	if some != (len(found) > 0) {
		p.t.Errorf("%d columns: colours: got %v, want %v:\n%s", p.width, len(found) > 0, some, text)
	}
	if i := slices.IndexFunc(found, func(s string) bool { return !paletteSequence.MatchString(s) }); i >= 0 {
		p.t.Errorf("%d columns: got the escape sequence %q, want the 16 colours, bold and faint alone", p.width, found[i])
	}
}
