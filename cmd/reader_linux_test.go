package cmd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"latchkey/cmd/internal/programs"
)

// taskStep is a block of a page to execute: its first line's number, the commands, and the output that the page shows,
// if it does.
type taskStep struct {
	line     int
	commands string
	shows    bool
	output   string // on the page
	seen     string // on the terminal
}

// stepsOf reads a page. It refuses what would not be executed or compared; where other blocks may be, such as configurations,
// these are passed over.
func stepsOf(page string, commandsAlone bool) (steps []taskStep, err error) {
	lines := strings.Split(page, "\n")
	for i := 0; i < len(lines); i++ {
		begin, line := i+1, lines[i]
		switch {
		case strings.HasPrefix(line, "<!--"):
			return nil, fmt.Errorf("line %d: something is hidden from the reader", begin)
		case !strings.Contains(line, "```"):
			continue
		case !strings.HasPrefix(line, "```"):
			return nil, fmt.Errorf("line %d: a block begins at the left", begin)
		}
		var body strings.Builder
		for i++; i < len(lines) && lines[i] != "```"; i++ {
			body.WriteString(lines[i] + "\n")
		}
		switch {
		case i == len(lines):
			return nil, fmt.Errorf("line %d: it never ends", begin)
		case line == "```text" && (len(steps) == 0 || steps[len(steps)-1].shows):
			return nil, fmt.Errorf("line %d: no sh block is before this output", begin)
		case line == "```text":
			steps[len(steps)-1].shows, steps[len(steps)-1].output = true, body.String()
		case line != "```sh" && !commandsAlone && line != "```bash" && line != "```shell":
			continue
		case line != "```sh":
			return nil, fmt.Errorf("line %d: a block is sh or text, not %q", begin, line)
		case !regexp.MustCompile(`(?m)^\s*[^#\s]`).MatchString(body.String()):
			return nil, fmt.Errorf("line %d: a sh block without a command", begin)
		default:
			steps = append(steps, taskStep{line: begin, commands: body.String()})
		}
	}
	if len(steps) == 0 {
		return nil, errors.New("no sh block")
	}
	return steps, nil
}

// masks hide what differs from run to run, in the page and in what is seen: a page shows values as a reader will see
// them, and may cut tokens and long hex numbers with an ellipsis.
var masks = []struct {
	what, with string
	pattern    *regexp.Regexp
}{
	{"tokens", "lk_TOKEN", regexp.MustCompile(`\blk_[0-9A-Za-z]*…?`)},
	{"digests, fingerprints and heads", "HEX", regexp.MustCompile(`\b[0-9a-f]{12,64}…?`)},
	{"times, and how far away they are", "TIME", regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ( \((now|in \w+( days)?|\w+( days)? ago)\))?`)},
	{"dates", "TIME", regexp.MustCompile(`\b\d{4}-\d\d-\d\d\b`)},
	{"distances in time", "TIME", regexp.MustCompile(`\b(now|in \d+([smh]| days)|\d+([smh]| days) ago)\b`)},
	{"addresses", "https://ADDRESS", regexp.MustCompile(`https://127(\.\d+){3}:\d+`)},
	{"paths", "PATH/$1", regexp.MustCompile(`(?:/[\w.-]+)+/(latchkey\.db|ca\.pem)`)},
	{"the width of columns", "  ", regexp.MustCompile(` {2,}`)},
	{"blanks at the end", "", regexp.MustCompile(`(?m)[ \t]+$`)},
}

func masked(text string) string {
	text = withAnn(text)
	for _, mask := range masks {
		text = mask.pattern.ReplaceAllString(text, mask.with)
	}
	return text
}

// updated is a page with what was seen wherever it shows something else. The last block comes first, as the numbers of
// the lines before it stay.
func updated(page string, steps []taskStep) string {
	for _, step := range slices.Backward(steps) {
		if !step.shows || masked(step.seen) == masked(step.output) {
			continue
		}
		seen := withAnn(step.seen)
		for _, cut := range [][2]string{
			{`\blk_\w+`, "lk_…"}, {`\b([0-9a-f]{12})[0-9a-f]{52}\b`, "$1…"},
			{`(?:/[\w.-]+)+/(latchkey\.db|ca\.pem)`, "/home/ann/.local/share/latchkey/$1"}, {`https://127(\.\d+){3}:\d+`, "https://127.0.0.1:8443"},
		} {
			seen = regexp.MustCompile(cut[0]).ReplaceAllString(seen, cut[1])
		}
		lines := strings.SplitAfter(page, "\n")
		before, after := strings.Join(lines[:step.line], ""), strings.Join(lines[step.line:], "")
		page = before + strings.Replace(after, "```text\n"+step.output+"```\n", "```text\n"+seen+"```\n", 1)
	}
	return page
}

// idOfReader is the number of an account that every system has: the reader is an ordinary user, whoever runs the test.
const idOfReader = 1

// withAnn gives the reader's account the name that it has on pages. Columns keep their width.
func withAnn(text string) string {
	account, err := user.LookupId(fmt.Sprint(idOfReader))
	if err != nil {
		return text
	}
	name := `\b` + regexp.QuoteMeta(account.Username)
	text = regexp.MustCompile(name+`(  +)`).ReplaceAllString(text, "ann"+strings.Repeat(" ", max(len(account.Username)-3, 0))+"$1")
	return regexp.MustCompile(name+`\b`).ReplaceAllString(text, "ann")
}

// reader is somebody who reads pages: an ordinary user with an empty home directory, and an address for a server of their own.
type reader struct {
	folder, address string
	wrapped         []string // a program that the shell is started by, with its arguments
	variables       []string // of the environment, besides the usual ones
}

// readers counts, so that each has an address of their own on this machine.
var readers atomic.Uint32

func newReader(t *testing.T) *reader {
	t.Helper()
	folder := t.TempDir()
	if os.Geteuid() == 0 {
		err := errors.Join(os.Chown(folder, idOfReader, idOfReader), os.Chmod(filepath.Dir(folder), 0o711), os.Chmod(filepath.Dir(binary), 0o711))
		if err != nil {
			t.Fatal(err)
		}
	}
	number := readers.Add(1) + uint32(os.Getpid())<<8
	return &reader{folder: folder, address: fmt.Sprintf("127.%d.%d.%d:8443", 64+number>>16%128, number>>8%256, number%256)}
}

// environment of the reader's shell.
func (r *reader) environment() []string {
	clone, _ := filepath.Abs(root)
	return append([]string{
		"PATH=" + filepath.Dir(binary) + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + r.folder, "PWD=" + r.folder,
		"TERM=xterm-256color", "NO_COLOR=1", "PAGER=cat", "ADDRESS=" + r.address, "CLONE=" + clone,
	}, r.variables...)
}

// command is a program as the reader: where the test is run by root with an ordinary account, else in a user namespace.
func (r *reader) command(ctx context.Context, t *testing.T, words ...string) *exec.Cmd {
	t.Helper()
	words = slices.Concat(r.wrapped, words)
	if os.Geteuid() != 0 {
		words = append([]string{programs.Need(t, "unshare"), "--user", fmt.Sprint("--map-user=", idOfReader), fmt.Sprint("--map-group=", idOfReader)}, words...)
	}
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	command.Dir, command.Env, command.SysProcAttr = r.folder, r.environment(), &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		command.SysProcAttr.Credential = &syscall.Credential{Uid: idOfReader, Gid: idOfReader}
	}
	return command
}

// initialize makes the reader's database.
func (r *reader) initialize(t *testing.T) {
	t.Helper()
	if told, err := r.command(t.Context(), t, binary, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("latchkey init: %v: %s", err, told)
	}
}

// serverCommands are what a reader does in another shell: starting `latchkey serve` and waiting until it listens, and ending it.
const serverCommands = `
start_server() {
	rm -f serve.fifo; mkfifo serve.fifo
	latchkey serve --listen "$ADDRESS" "$@" </dev/null >/dev/null 2>serve.fifo &
	server=$!
	exec 9<serve.fifo
	while read -r line <&9; do
		case $line in *"listening on"*) break ;; esac
	done
	cat <&9 >>serve.log 2>/dev/null &
	exec 9<&-
}
stop_server() { kill $server; wait $server || test $? = 143; server=; }
server=
trap 'test -z "$server" || kill $server' EXIT
`

// separator is printed before each block, with its number.
const separator = "\x1e"

// executeSteps executes blocks in one shell, and returns them with what was seen.
func executeSteps(t *testing.T, r *reader, steps []taskStep) ([]taskStep, error) {
	t.Helper()
	var script strings.Builder
	script.WriteString(serverCommands)
	for i, step := range steps {
		commands := strings.ReplaceAll(step.commands, "127.0.0.1:8443", r.address)
		fmt.Fprintf(&script, "printf '\\036%d\\n'\n%s\n", i, commands)
	}
	fmt.Fprintf(&script, "printf '\\036%d\\n'\n", len(steps))
	seen, failure := r.onTerminal(t, script.String())

	reached := -1
	var rest string
	for _, part := range strings.Split(seen, separator)[1:] {
		number, output, _ := strings.Cut(part, "\n")
		if number != fmt.Sprint(reached+1) {
			break // the separator of a later block, as part of something else
		}
		if reached++; reached < len(steps) {
			steps[reached].seen = output
		}
		rest = output
	}
	switch {
	case reached < 0:
		return nil, fmt.Errorf("the shell did not start: %w: %s", failure, seen)
	case failure != nil:
		step := steps[min(reached, len(steps)-1)]
		return nil, fmt.Errorf("line %d: %w: %s\nby\n%s", step.line, failure, rest, step.commands)
	case reached < len(steps):
		return nil, fmt.Errorf("line %d: the last block that was reached: %s", steps[reached].line, rest)
	}
	return steps, nil
}

// onTerminal runs a script with `sh -e`, writing to a terminal of 80 columns and reading nothing, and returns what is
// seen there.
func (r *reader) onTerminal(t *testing.T, script string) (seen string, failure error) {
	t.Helper()
	controller, terminal := terminalPair(t)
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	shell := r.command(ctx, t, "sh", "-e", "-c", script)
	shell.Stdout, shell.Stderr = terminal, terminal
	shell.SysProcAttr.Setsid = true // without a terminal that could be asked for a password
	shell.Cancel = func() error { return syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) }
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	_, _ = io.Copy(&all, controller) // ends with EIO when the last process has closed its end
	failure = shell.Wait()
	return strings.ReplaceAll(all.String(), "\r", ""), failure
}
