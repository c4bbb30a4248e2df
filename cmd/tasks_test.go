//go:build linux

package cmd_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/cmd/internal/programs"
)

// updatePages is for whoever has changed what commands print: look at the difference before it is committed.
var updatePages = flag.Bool("update", false, "write what is seen into the pages of docs/tasks and the picture of the README")

// taskPages are the pages of docs/tasks, in the order in which the README lists them.
func taskPages(t *testing.T) (pages []string) {
	t.Helper()
	for _, found := range regexp.MustCompile(`\((docs/tasks/[a-z]+\.md)\)`).FindAllStringSubmatch(readDocument(t, "README.md"), -1) {
		if !slices.Contains(pages, found[1]) {
			pages = append(pages, found[1])
		}
	}
	files, err := filepath.Glob(filepath.Join(root, "docs", "tasks", "*"))
	if err != nil || len(files) != len(pages) {
		t.Errorf("README.md lists %d pages and docs/tasks has %d (%v)", len(pages), len(files), err)
	}
	return pages
}

// otherPages are the other pages that have commands.
func otherPages(t *testing.T) (pages []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if page := "docs/" + filepath.Base(file); strings.Contains(readDocument(t, page), "```sh\n") {
			pages = append(pages, page)
		}
	}
	return pages
}

// asides are what a reader does in another way than a page writes it here, with the reason. Nothing else is changed or left out.
var asides = []struct{ page, written, done, why string }{
	{"README.md", firstCommands, "start_server\n", "the server is built already, and goes on in the background; this test is one that go test runs"},
	{"README.md", `go build -o latchkey . && export PATH="$PWD:$PATH"` + "\n", "latchkey version\n", "it is built already, and found"},
	{"README.md", "latchkey can ci DELETE /api/v2/orders/5\n", "latchkey can ci DELETE /api/v2/orders/5 || test $? = 3\n", "the test's shell ends at a status that is not 0"},
	{"docs/tasks/backup.md", `mkdir "$here/lost"`, "stop_server\nmkdir \"$here/lost\"", "it is in another shell that a reader stops the server"},
	{"docs/tasks/backup.md", "latchkey token regenerate admin --save", "start_server\nlatchkey token regenerate admin --save", "and starts it again"},
	{"docs/proxies.md", "latchkey serve --trusted-proxy 127.0.0.1 ", "stop_server; start_server --trusted-proxy 127.0.0.1 ", "the server goes on in the background"},
	{"docs/proxies.md", "sudo install -m 0644 \"$(latchkey ca)\" /etc/ssl/", "install -m 0644 \"$(latchkey ca)\" ./", "the reader of the test is nobody who may write to /etc"},
	{"docs/install.md", "GOBIN=~/.local/bin go install .\n", `mkdir -p ~/.local/bin; ln -s "$(command -v latchkey)" ~/.local/bin/` + "\n", "it is built already"},
	{"docs/install.md", "CGO_ENABLED=0 go build -trimpath -o latchkey .\nsudo install -m 0755 latchkey /usr/local/bin/\n", "", "it takes root"},
	{"docs/install.md", "cp docs/man/*.1 ", `cp "$CLONE"/docs/man/*.1 `, "the test is not in the clone"},
	{"docs/containers.md", dockerCommands, "", "nothing here runs containers; containers.txtar tries what the page says of the program"},
	{"docs/containers.md", "kubectl exec latchkey-0 -- latchkey token ", "latchkey token ", "as above"},
	{"docs/containers.md", "kubectl exec latchkey-0 -- latchkey backup ", "latchkey backup ", "as above"},
	{"docs/systemd.md", systemdCommands, "", "it takes root and a running systemd; TestSystemdUnit and TestSystemdUnitRuns hold the unit"},
}

// firstCommands is the block of the two commands that are named first.
const firstCommands = "go run . serve    # makes the database and an admin on first start, and prints a curl line that works\n" +
	"go test ./...     # passes the tests: some minutes, and the modules it fetches first\n"

// systemdCommands make latchkey a service.
const systemdCommands = `useradd --system --home-dir /var/lib/latchkey --shell /usr/sbin/nologin latchkey
install -m 0755 latchkey /usr/local/bin/latchkey
install -m 0644 docs/systemd/latchkey.service /etc/systemd/system/
systemctl daemon-reload
systemctl enable --now latchkey
journalctl -u latchkey
`

// dockerCommands make an image and run it.
const dockerCommands = `docker build -t latchkey -f Containerfile .
docker run -d --name latchkey --read-only --cap-drop ALL --security-opt no-new-privileges \
    -v latchkey:/data -p 127.0.0.1:8443:8443 latchkey
docker exec -e LATCHKEY_OPERATOR=ann latchkey latchkey token regenerate admin --save >admin.token
docker cp latchkey:/data/ca.pem ca.pem
curl --cacert ca.pem https://127.0.0.1:8443/readyz
`

// pageSteps reads a page, with what is done in another way.
func pageSteps(t *testing.T, page string) []taskStep {
	t.Helper()
	steps, err := stepsOf(readDocument(t, page), strings.HasPrefix(page, "docs/tasks/"))
	if err != nil {
		t.Fatalf("%s: %v", page, err)
	}
	for _, aside := range asides {
		if aside.page != page {
			continue
		}
		at := slices.IndexFunc(steps, func(step taskStep) bool { return strings.Contains(step.commands, aside.written) })
		if at < 0 {
			t.Fatalf("%s does not have %q any more", page, aside.written)
		}
		steps[at].commands = strings.Replace(steps[at].commands, aside.written, aside.done, 1)
	}
	return steps
}

// TestTaskPages follows the README and then a page with commands, as a reader would: every block in order, in one shell, on a terminal of 80
// columns, with nothing prepared. What the page shows must be what is seen there.
func TestTaskPages(t *testing.T) {
	t.Parallel()
	tasks := taskPages(t)
	for _, page := range slices.Concat(tasks, otherPages(t)) {
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			if err := checkRecipe(readDocument(t, page)); err != nil && slices.Contains(tasks, page) {
				t.Error(err)
			}
			before := pageSteps(t, "README.md")
			steps, err := executeSteps(t, newReader(t), append(before, pageSteps(t, page)...))
			if err != nil {
				t.Fatalf("the README, then %s: %v", page, err)
			}
			steps = steps[len(before):]
			if *updatePages {
				err = os.WriteFile(filepath.Join(root, page), []byte(updated(readDocument(t, page), steps)), 0o644)
			} else {
				err = compareOutputs(steps)
			}
			if err != nil {
				t.Errorf("%s: %v", page, err)
			}
		})
	}
}

// TestPagesOneAfterAnother follows the README and then all the task pages, each in the state that the one before it has left.
// No argument of a program that is started meanwhile has a token in it.
func TestPagesOneAfterAnother(t *testing.T) {
	t.Parallel()
	var steps []taskStep
	for _, page := range append([]string{"README.md"}, taskPages(t)...) {
		steps = append(steps, pageSteps(t, page)...)
	}
	strace, trace := programs.Need(t, "strace"), ""
	for try := 1; ; try++ {
		reader := newReader(t)
		trace = filepath.Join(reader.folder, "trace")
		reader.wrapped = []string{strace, "-f", "-qq", "--seccomp-bpf", "-e", "trace=execve", "-s", "65536", "-o", trace}
		_, err := executeSteps(t, reader, steps)
		if err == nil {
			break
		}
		// strace gives up where a process ends while it is told to stop, which is no fault of a page.
		if try == 3 || !strings.Contains(err.Error(), "strace: ptrace(") {
			t.Fatal(err)
		}
	}
	started, err := os.ReadFile(trace)
	if err != nil || strings.Count(string(started), "latchkey") < len(steps) {
		t.Fatalf("the started programs are not all seen: %v", err)
	}
	for _, line := range strings.Split(string(started), "\n") {
		if tokenTyped.MatchString(line) {
			t.Errorf("a token is in the arguments of a program: %s", line)
		}
	}
}

// tokenTyped finds a token. The shortest one has a prefix and 20 characters.
var tokenTyped = regexp.MustCompile(`\blk_[0-9A-Za-z]{20}`)

// TestNoTokenIsTyped: what a reader types stays in the history of the shell.
func TestNoTokenIsTyped(t *testing.T) {
	t.Parallel()
	for _, page := range slices.Concat([]string{"README.md"}, taskPages(t), otherPages(t)) {
		for _, step := range pageSteps(t, page) {
			if strings.Contains(step.commands, "lk_") {
				t.Errorf("%s, line %d: a token is typed: %s", page, step.line, step.commands)
			}
		}
	}
}

// TestNoTokenIsAnArgument: `curl -u NAME:TOKEN` shows the token to whoever lists processes.
func TestNoTokenIsAnArgument(t *testing.T) {
	t.Parallel()
	given := regexp.MustCompile(`(-u|--user)[ =]?["']?[\w$-]+:|(?i)(authorization|bearer)[: ]+["']?(basic |bearer )?\$`)
	for line, want := range map[string]bool{
		`curl -u "ci:$TOKEN" x`: true, `curl --user ci:$(cat ci.token)`: true, `curl -H "Authorization: Bearer $TOKEN"`: true,
		"curl -u ci x": false, "log -u ci": false, `printf 'user = "ci:%s"'`: false,
	} {
		if given.MatchString(line) != want {
			t.Errorf("%s: a token in an argument: got %v, want %v", line, !want, want)
		}
	}
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	pages := append(taskPages(t), "README.md", "SECURITY.md", "CONTRIBUTING.md")
	for _, file := range files {
		pages = append(pages, "docs/"+filepath.Base(file))
	}
	for _, page := range pages {
		if found := given.FindString(readDocument(t, page)); found != "" {
			t.Errorf("%s: a token is in the arguments of a program: %s", page, found)
		}
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
		"hidden":           {"```sh\ntrue\n```\n<!-- setup: true -->\n", "line 4: something is hidden from the reader"},
		"output of none":   {"```text\nyes\n```\n```sh\ntrue\n```\n", "line 1: no sh block is before"},
		"command fails":    {"```sh\ntrue\nlatchkey user show nobody\n```\n", "line 1: exit status 4"},
		"leaves the shell": {"```sh\nexit 0\n```\n```sh\nfalse\n```\n", "line 1: the last block that was reached"},
		"open quote":       {"```sh\necho '\n```\n```sh\necho '\n```\n", "line 1: the last block that was reached"},
		"other output":     {strings.Replace(right, "staged ci", "staged cd", 1), "line 3: got"},
		"less output":      {strings.Replace(right, "\nnote: live after 'latchkey save'", "", 1), "line 3: got"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps, err := stepsOf(c.page, true)
			if err == nil {
				reader := newReader(t)
				reader.initialize(t)
				steps, err = executeSteps(t, reader, steps)
			}
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
