package cmd_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"golang.org/x/sys/unix"

	"latchkey/cmd"
	"latchkey/cmd/internal/app"
)

// screens are the commands whose screens are kept, after those that make what is to be seen. One that begins with "-" is not
// looked at, and one that begins with "bob:" is by another operator.
var screens = [][]string{
	{""}, {"--help"}, {"help", "flags"}, {"serve", "--help"}, {"user", "--help"},
	{"-", "init"},
	{"status"},
	{"user", "add", "ci", "--email", "operations@example.org", "--note", "the build server, which is also the one that makes the releases every night"},
	{"user", "add", "shop", "løtte", "--note", "東京の倉庫 \"quoted\" \x1b[31m"},
	{"-", "token", "enable", "ci", "shop"},
	{"-", "perm", "grant", "ci", "orders:view", "products:view", "customers:*"},
	{"-", "perm", "grant", "ci", "orders:delete_all", "--until", "2198-12-31T23:59:59Z"},
	{"save", "-m", "the first users"},
	{"-", "role", "add", "support", "--note", "answers customers"},
	{"-", "role", "grant", "support", "orders:*", "customers:view"},
	{"-", "role", "deny", "support", "orders:delete"},
	{"-", "role", "assign", "support", "ci"},
	{"-", "save", "-m", "whoever answers customers may look at orders and correct them, but not delete any: ticket 4711, as agreed"},
	{"-", "user", "edit", "shop", "--note", "short", "--save"},
	{"-", "token", "regenerate", "ci", "--grace", "24h", "--save", "-m", "rotated"},
	{"-", "user", "edit", "shop", "--note", "what I mean"},
	{"-", "bob:", "user", "edit", "shop", "--note", "what bob means", "--save"},
	{"-", "perm", "deny", "ci", "orders:delete_all"},
	{"-", "token", "regenerate", "ci", "--grace", "1h"},
	{"user", "remove", "løtte", "-y"},
	{"resource", "add", "reports", "--title", "Weekly reports"},
	{"status"}, {"status", "--all"}, {"diff"}, {"diff", "1", "4"}, {"log"}, {"log", "--verify"}, {"show", "2"}, {"show", "4"},
	{"user", "list"}, {"user", "show", "ci"}, {"token", "list"}, {"token", "show", "ci"}, {"role", "list"}, {"role", "show", "support"},
	{"perm", "show", "ci"}, {"resource", "list"}, {"resource", "show", "orders_shipments"},
	{"can", "ci", "orders:delete"}, {"who", "orders:view"}, {"user", "show", "nobody"},
	{"docs"}, {"docs", "resource", "orders_shipments"},
	{"rebase"}, {"discard", "shop"}, {"save", "-m", "cleared up"}, {"show", "last"}, {"status"},
}

// TestScreens compares what commands show on terminals of two sizes with testdata/screens, where people look at it: how lines are
// wrapped and columns aligned, and the colours. With -update it writes the files. The clock and what is random are the test's.
func TestScreens(t *testing.T) {
	t.Parallel()
	for _, size := range []struct {
		name          string
		columns, rows uint16
		noColor       string
	}{{"80x24", 80, 24, "1"}, {"120x40", 120, 40, "1"}, {"80x24-colours", 80, 24, ""}} {
		t.Run(size.name, func(t *testing.T) {
			t.Parallel()
			s := newScreenTest(t, size.columns, size.rows, size.noColor)
			for _, args := range screens {
				s.run(t, args)
			}
			got, file := s.shown(t, int(size.columns)), filepath.Join("testdata", "screens", size.name+".txt")
			if *updatePages {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s: line %s; -update writes what is seen now", file, firstDifference(got, string(want)))
			}
		})
	}
}

// sequence is what is random in the screens: the same in each run.
type sequence uint64

// Read fills the bytes.
func (s *sequence) Read(to []byte) (int, error) {
	for i := range to {
		*s = *s*6364136223846793005 + 1442695040888963407
		to[i] = byte(*s >> 56)
	}
	return len(to), nil
}

// screenTest is a terminal, a database and a clock that moves with each command.
type screenTest struct {
	directory string
	terminal  *os.File
	hidden    *os.File // where goes what is not looked at
	seen      chan []byte
	noColor   string
	now       time.Time
	random    io.Reader
}

func newScreenTest(t *testing.T, columns, rows uint16, noColor string) *screenTest {
	t.Helper()
	controller, terminal := terminalPair(t)
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns}); err != nil {
		t.Fatal(err)
	}
	hidden, err := os.Create(filepath.Join(t.TempDir(), "hidden"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hidden.Close() })
	s := &screenTest{directory: t.TempDir(), terminal: terminal, hidden: hidden, seen: make(chan []byte, 1), noColor: noColor,
		now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), random: new(sequence)}
	go func() {
		var all bytes.Buffer
		_, _ = io.Copy(&all, controller) // ends when the terminal is closed
		s.seen <- all.Bytes()
	}()
	return s
}

// run runs one command of the list.
func (s *screenTest) run(t *testing.T, args []string) {
	t.Helper()
	out, operator := s.terminal, "ann"
	if args[0] == "-" {
		out, args = s.hidden, args[1:]
	}
	if args[0] == "bob:" {
		operator, args = "bob", args[1:]
	}
	if args[0] == "" {
		args = []string{} // of nil cobra makes those of the process
	}
	variables := map[string]string{"LATCHKEY_DB": filepath.Join(s.directory, "latchkey.db"), "SUDO_USER": operator,
		"TERM": "xterm", "NO_COLOR": s.noColor, "PAGER": "cat"}
	a := &app.App{In: strings.NewReader(""), Out: out, Err: out, Random: s.random, Clock: func() time.Time { return s.now },
		Getenv: func(name string) string { return variables[name] }}
	_, before := fmt.Fprintf(out, "$ latchkey %s\n", strings.Join(args, " "))
	ending := "\n"
	if status := cmd.Run(t.Context(), a, args); status != 0 {
		ending = fmt.Sprintf("[exit status %d]\n\n", status)
		if out == s.hidden {
			t.Fatalf("latchkey %q: exit status %d", args, status)
		}
	}
	if _, after := io.WriteString(out, ending); before != nil || after != nil {
		t.Fatal(before, after)
	}
	s.now = s.now.Add(61 * time.Minute)
}

// chances are what differs from run to run, each in as many cells.
var chances = []struct{ pattern, with string }{
	{`(?:/[\w.-]+)+/latchkey\.db`, "/var/lib/latchkey/latchkey.db"}, {`(SUDO_USER, account )\S+`, "${1}root"},
	{`(\b|\[\dm)[0-9a-f]{12}\b`, "${1}0123456789ab"},
}

// shown is what the terminal has shown, in lines as wide as it is.
func (s *screenTest) shown(t *testing.T, columns int) string {
	t.Helper()
	if err := s.terminal.Close(); err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("\r", "", "\x1b", "␛").Replace(string(<-s.seen))
	for _, chance := range chances {
		text = regexp.MustCompile(chance.pattern).ReplaceAllString(text, chance.with)
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		width := 0
		for _, char := range strings.TrimSuffix(line, "\n") {
			if width += lipgloss.Width(string(char)); width > columns && s.noColor != "" {
				out.WriteString("\n")
				width = lipgloss.Width(string(char))
			}
			out.WriteRune(char)
		}
		out.WriteString("\n")
	}
	return out.String()
}

// firstDifference shows where two texts begin to differ.
func firstDifference(got, want string) string {
	wanted := strings.Split(want, "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wanted) || line != wanted[i] {
			return fmt.Sprintf("%d: got\n%s\nwant\n%s", i+1, line, strings.Join(wanted[min(i, len(wanted)):min(i+1, len(wanted))], ""))
		}
	}
	return fmt.Sprintf("%d: got the end, want more", strings.Count(got, "\n"))
}
