//go:build linux

package cmd_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"latchkey/cmd/internal/programs"
)

// taskPages are the pages of docs/tasks that there must be.
var taskPages = []string{"backup.md", "https.md", "onboard.md", "refused.md", "review.md", "rotate.md", "serve.md", "team.md", "undo.md"}

// updatePages is for whoever has changed what commands print: look at the difference before it is committed.
var updatePages = flag.Bool("update", false, "write what is seen into the pages of docs/tasks")

// TestTaskPages executes every command of every page on everyday tasks, as a reader would: in order, in one shell, on a
// terminal of 80 columns. What the page shows must be what is seen there.
func TestTaskPages(t *testing.T) {
	t.Parallel()
	found, err := filepath.Glob(filepath.Join(root, "docs", "tasks", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range found {
		found[i] = filepath.Base(file)
	}
	if got, want := strings.Join(found, " "), strings.Join(taskPages, " "); got != want {
		t.Errorf("docs/tasks: got %s, want %s", got, want)
	}
	for _, name := range found {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := readDocument(t, "docs/tasks/"+name)
			if err := checkRecipe(page); err != nil {
				t.Error(err)
			}
			steps, err := executePage(t, page)
			if err == nil && *updatePages {
				err = os.WriteFile(filepath.Join(root, "docs", "tasks", name), []byte(updated(page, steps)), 0o644)
			} else if err == nil {
				err = compareOutputs(steps)
			}
			if err != nil {
				t.Errorf("docs/tasks/%s: %v", name, err)
			}
		})
	}
}

// checkRecipe requires that a page of more than two screens begins with at most three commands that do its task.
func checkRecipe(page string) error {
	top, _, _ := strings.Cut(page, "\n## ")
	_, block, _ := strings.Cut(top, "```sh\n")
	block, _, _ = strings.Cut(strings.ReplaceAll(block, "\\\n", ""), "```\n")
	if lines := strings.Count(block, "\n"); strings.Count(page, "\n") > 80 && (lines < 1 || lines > 3) {
		return fmt.Errorf("a page of over 80 lines has three lines of commands before its first section, not %d", lines)
	}
	return nil
}

// TestTaskPagesCanFail: a page that is wrong, or of which something would be left out, does not pass.
func TestTaskPagesCanFail(t *testing.T) {
	t.Parallel()
	const right = "# Look\n\n```sh\nlatchkey user add ci\n```\n\n```text\nstaged ci: add\nnote: live after 'latchkey save'\n```\n"
	for name, c := range map[string]struct{ page, want string }{
		"right":            {right, ""},
		"nothing to do":    {"# Look\n\nWords.\n", "no sh block"},
		"other language":   {"```sh\ntrue\n```\n```bash\nfalse\n```\n", "line 4: a block is sh or text"},
		"no language":      {"```sh\ntrue\n```\n```\nfalse\n```\n", "line 4: a block is sh or text"},
		"indented":         {"```sh\ntrue\n```\n- so:\n  ```sh\n  false\n  ```\n", "line 5: a block begins at the left"},
		"comments alone":   {"```sh\n# later\n```\n", "line 1: a sh block without a command"},
		"never ends":       {"```sh\ntrue\n", "line 1: it never ends"},
		"output of setup":  {"```sh\ntrue\n```\n<!-- setup: echo yes -->\n```text\nyes\n```\n", "line 5: no sh block is before"},
		"only setup":       {"<!-- setup: true -->\n", "no sh block"},
		"output of none":   {"```text\nyes\n```\n```sh\ntrue\n```\n", "line 1: no sh block is before"},
		"command fails":    {"```sh\ntrue\nlatchkey user show nobody\n```\n", "line 1: exit status 4"},
		"leaves the shell": {"```sh\nexit 0\n```\n```sh\nfalse\n```\n", "line 1: the last block that was reached"},
		"open quote":       {"```sh\necho '\n```\n```sh\necho '\n```\n", "line 1: the last block that was reached"},
		"other output":     {strings.Replace(right, "staged ci", "staged cd", 1), "line 3: got"},
		"less output":      {strings.Replace(right, "\nnote: live after 'latchkey save'", "", 1), "line 3: got"},
		"wrong setup":      {"<!-- setup: false -->\n" + right, "line 1: exit status 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps, err := executePage(t, c.page)
			if err == nil {
				err = compareOutputs(steps)
			}
			got := fmt.Sprint(err)
			if c.want == "" && got != "<nil>" || !strings.Contains(got, c.want) {
				t.Errorf("got %s, want %q", got, c.want)
			}
		})
	}
}

// taskStep is a block of a page to execute: its first line's number, the commands, and the output that the page shows,
// if it does. The commands of a comment "<!-- setup: ... -->" are executed too, but hidden from the reader.
type taskStep struct {
	line     int
	commands string
	hidden   bool
	shows    bool
	output   string // on the page
	seen     string // on the terminal
}

// stepsOf reads a page. It refuses what would not be executed or compared.
func stepsOf(page string) (steps []taskStep, err error) {
	lines := strings.Split(page, "\n")
	for i := 0; i < len(lines); i++ {
		begin, line := i+1, lines[i]
		setup, isSetup := strings.CutPrefix(line, "<!-- setup:")
		switch {
		case isSetup:
			commands, closed := strings.CutSuffix(strings.TrimSpace(setup), "-->")
			if !closed {
				return nil, fmt.Errorf("line %d: setup is one line", begin)
			}
			steps = append(steps, taskStep{line: begin, commands: commands, hidden: true})
			continue
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
		case line == "```text" && (len(steps) == 0 || steps[len(steps)-1].hidden || steps[len(steps)-1].shows):
			return nil, fmt.Errorf("line %d: no sh block is before this output", begin)
		case line == "```text":
			steps[len(steps)-1].shows, steps[len(steps)-1].output = true, body.String()
		case line != "```sh":
			return nil, fmt.Errorf("line %d: a block is sh or text, not %q", begin, line)
		case !regexp.MustCompile(`(?m)^\s*[^#\s]`).MatchString(body.String()):
			return nil, fmt.Errorf("line %d: a sh block without a command", begin)
		default:
			steps = append(steps, taskStep{line: begin, commands: body.String()})
		}
	}
	if !slices.ContainsFunc(steps, func(s taskStep) bool { return !s.hidden }) {
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
	{"addresses", "https://ADDRESS", regexp.MustCompile(`https://127\.0\.0\.1:\d+`)},
	{"paths", "PATH/$1", regexp.MustCompile(`(?:/[\w.-]+)+/(latchkey\.db|ca\.pem)`)},
	{"the width of columns", "  ", regexp.MustCompile(` {2,}`)},
	{"blanks at the end", "", regexp.MustCompile(`(?m)[ \t]+$`)},
}

func masked(text string) string {
	for _, mask := range masks {
		text = mask.pattern.ReplaceAllString(text, mask.with)
	}
	return text
}

// separator is printed before each block, with its number.
const separator = "\x1e"

// executePage executes a page's blocks in one shell, with a database of its own and, if it speaks of $URL, a server. It
// returns them with what was seen.
func executePage(t *testing.T, page string) ([]taskStep, error) {
	t.Helper()
	steps, err := stepsOf(page)
	if err != nil {
		return nil, err
	}
	var script strings.Builder
	for i, step := range steps {
		fmt.Fprintf(&script, "printf '\\036%d\\n'\n%s\n", i, step.commands)
	}
	fmt.Fprintf(&script, "printf '\\036%d\\n'\n", len(steps))
	seen, failure := onTerminal(t, script.String(), newReader(t, page))

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
		return nil, fmt.Errorf("line %d: %w: %s", steps[min(reached, len(steps)-1)].line, failure, rest)
	case reached < len(steps):
		return nil, fmt.Errorf("line %d: the last block that was reached: %s", steps[reached].line, rest)
	}
	return steps, nil
}

// compareOutputs compares what was seen with what the page shows.
func compareOutputs(steps []taskStep) (err error) {
	for _, step := range steps {
		if got, want := masked(step.seen), masked(step.output); step.shows && got != want {
			err = errors.Join(err, fmt.Errorf("line %d: got\n%s\nwant\n%s\nwhich is, masked,\n%s\nand\n%s\n(-update writes it)",
				step.line, step.seen, step.output, got, want))
		}
	}
	return err
}

// updated is a page with what was seen wherever it shows something else. The last block comes first, as the numbers of
// the lines before it stay.
func updated(page string, steps []taskStep) string {
	for _, step := range slices.Backward(steps) {
		if !step.shows || masked(step.seen) == masked(step.output) {
			continue
		}
		seen := step.seen
		for _, cut := range [][2]string{{`\blk_\w+`, "lk_…"}, {`\b([0-9a-f]{12})[0-9a-f]{52}\b`, "$1…"}, {`(?:/[\w.-]+)+/(latchkey\.db|ca\.pem)`, "/var/lib/latchkey/$1"}} {
			seen = regexp.MustCompile(cut[0]).ReplaceAllString(seen, cut[1])
		}
		lines := strings.SplitAfter(page, "\n")
		before, after := strings.Join(lines[:step.line], ""), strings.Join(lines[step.line:], "")
		page = before + strings.Replace(after, "```text\n"+step.output+"```\n", "```text\n"+seen+"```\n", 1)
	}
	return page
}

// newReader is the environment of somebody who reads a page: ann, an administrator who uses sudo, with an empty
// database and, if the page speaks of $URL, a server on it. The variable PWD holds the folder to be in.
func newReader(t *testing.T, page string) (environment []string) {
	t.Helper()
	folder := t.TempDir()
	database := filepath.Join(folder, "latchkey.db")
	environment = []string{
		"PATH=" + filepath.Dir(binary) + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + folder, "PWD=" + folder,
		"LATCHKEY_DB=" + database, "SUDO_USER=ann", "TERM=xterm-256color", "NO_COLOR=1", "PAGER=cat", "CA=" + filepath.Join(folder, "ca.pem"),
	}
	initialize := exec.CommandContext(t.Context(), binary, "init", "-q")
	initialize.Env = environment
	if told, err := initialize.CombinedOutput(); err != nil {
		t.Fatalf("latchkey init: %v: %s", err, told)
	}
	if !strings.Contains(page, "$URL") {
		return environment
	}
	var messages bytes.Buffer
	url, stop, err := startServer(folder, environment, &messages)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	if url == "" {
		t.Fatalf("the server did not start: %s", messages.String())
	}
	return append(environment, "URL="+url)
}

// onTerminal runs a script with `sh -e`, writing to a terminal of 80 columns and reading nothing, and returns what is
// seen there. Who is not root becomes root of a user namespace, so that the account is root whoever runs the test.
func onTerminal(t *testing.T, script string, environment []string) (seen string, failure error) {
	t.Helper()
	controller, terminal := terminalPair(t)
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "sh", "-e", "-c", script)
	if os.Geteuid() != 0 {
		shell = exec.CommandContext(ctx, programs.Need(t, "unshare"), "--user", "--map-root-user", "sh", "-e", "-c", script)
	}
	shell.Env, shell.Stdout, shell.Stderr = environment, terminal, terminal
	for _, variable := range environment {
		if folder, ok := strings.CutPrefix(variable, "PWD="); ok {
			shell.Dir = folder
		}
	}
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // without a terminal that could be asked for a password
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
