package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNoTokenInAProcessList makes tokens by each command that makes one, and gives some to each command that takes one.
// Each is held where it has the token, or waits for it, and what the system shows everybody of it and of the server is
// kept: arguments, environment, and that it has no children, who would have these too. In all of that, in every file and in
// all output but the one asked for no token is to be found (R3).
func TestNoTokenInAProcessList(t *testing.T) {
	t.Parallel()
	w := &watched{workshop: newWorkshop(t), t: t, made: secrets{}}
	server := w.serve("--create", "--access-log", "json", "--request-log", "100")
	first := w.firstToken()
	w.look(1)
	if held := w.holders(server); !slices.Equal(held, []string{filepath.Join(w.directory, "latchkey-admin-token")}) {
		t.Errorf("before the first token is used, got one in %q, want the file for it alone", held)
	}
	if got := server.get("admin", first, "/api/v2/time"); got != http.StatusOK {
		t.Fatalf("the first token: got %d, want 200", got)
	}
	w.run("user", "add", "ci", "off", "panel", "--save")
	w.make("token", "enable", "ci", "--save")
	w.make("token", "enable", "off")
	w.run("save")
	w.make("token", "regenerate", "off", "--grace", "1h", "--save")
	staged := w.make("token", "regenerate", "ci")
	w.run("save", "-m", "rotate")
	w.askPanel(server, first)
	w.take(staged, "token", "inspect")
	w.take(staged, "token", "verify", "ci")
	w.take(staged, "token", "revoke", "--save")
	w.look(1)
	server.end()
	for _, name := range w.holders(server) {
		t.Errorf("%s holds a token", name)
	}
}

// watched is a workshop of which the process list is kept.
type watched struct {
	*workshop
	t     *testing.T
	made  secrets
	shown bytes.Buffer // what the system shows of the processes
}

func (w *watched) firstToken() string {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.directory, "latchkey-admin-token"))
	if err != nil {
		w.t.Fatal(err)
	}
	token := strings.TrimSpace(string(content))
	w.made.add("admin", token)
	return token
}

// look keeps what the system shows of the workshop's processes, of which there are so many.
func (w *watched) look(want int) {
	w.t.Helper()
	program, err := filepath.EvalSymlinks(binary)
	if err != nil {
		w.t.Fatal(err)
	}
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		w.t.Fatal(err)
	}
	found := 0
	for _, link := range links {
		if runs, err := os.Readlink(link); err != nil || runs != program {
			continue
		}
		directory := filepath.Dir(link)
		environment, err := os.ReadFile(filepath.Join(directory, "environ"))
		if err != nil || !bytes.Contains(environment, []byte(w.directory)) {
			continue
		}
		found++
		arguments, err := os.ReadFile(filepath.Join(directory, "cmdline"))
		if err != nil || len(arguments) == 0 {
			w.t.Errorf("the arguments of a process: got %d bytes, %v", len(arguments), err)
		}
		w.shown.Write(environment)
		w.shown.Write(arguments)
		w.wantNoChildren(directory)
	}
	if found != want {
		w.t.Errorf("got %d processes to look at, want %d", found, want)
	}
}

func (w *watched) wantNoChildren(directory string) {
	w.t.Helper()
	threads, err := filepath.Glob(filepath.Join(directory, "task/*/children"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, thread := range threads {
		if children, err := os.ReadFile(thread); err == nil && len(children) > 0 {
			w.t.Errorf("a latchkey has started processes: %s", children)
		}
	}
}

// make has a command make a token, which it cannot get rid of until it was looked at.
func (w *watched) make(args ...string) string {
	w.t.Helper()
	reader, full := fullPipe(w.t)
	process := w.start(w.t, func(command *exec.Cmd) { command.Stdout = full }, args...)
	process.awaitsCall(unix.SYS_WRITE, 1)
	w.look(2)
	if err := full.Close(); err != nil {
		w.t.Fatal(err)
	}
	output, err := io.ReadAll(reader)
	if code := process.ends(); err != nil || code != 0 {
		w.t.Fatalf("latchkey %s: got status %d, %v: %s", strings.Join(args, " "), code, err, process.messages.String())
	}
	w.messages.Write(process.messages.Bytes())
	token := strings.Trim(string(output), "\x00\n")
	w.made.add(args[2], token)
	return token
}

// take gives a token to a command that waits for it.
func (w *watched) take(token string, args ...string) {
	w.t.Helper()
	reader, writer := emptyPipe(w.t)
	var output bytes.Buffer
	process := w.start(w.t, func(command *exec.Cmd) { command.Stdin, command.Stdout = reader, &output }, args...)
	process.awaitsCall(unix.SYS_READ, 0)
	w.look(2)
	_, err := io.WriteString(writer, token+"\n")
	err = errors.Join(err, writer.Close())
	if code := process.ends(); err != nil || code != 0 {
		w.t.Fatalf("latchkey %s: got status %d, %v: %s", strings.Join(args, " "), code, err, process.messages.String())
	}
	w.messages.Write(process.messages.Bytes())
	w.messages.Write(output.Bytes())
}

// askPanel has the server make a token.
func (w *watched) askPanel(server *runningServer, token string) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPut, server.url+"/api/v2/users/panel/token?save=true", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	request.SetBasicAuth("admin", token)
	answer, err := server.client.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	var made struct{ Token string }
	if err := json.NewDecoder(answer.Body).Decode(&made); err != nil || made.Token == "" {
		w.t.Fatalf("the panel: got %d, %v and no token", answer.StatusCode, err)
	}
	w.made.add("panel", made.Token)
}

// holders names what holds a token.
func (w *watched) holders(server *runningServer) (names []string) {
	w.t.Helper()
	contents := w.everything(server)
	contents["the process list"] = w.shown.Bytes()
	for name, content := range contents {
		if w.made.find(content) != "" {
			names = append(names, name)
		}
	}
	return names
}
