package proof

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/backup"
	"latchkey/db/drafts"
	"latchkey/db/model"
)

// installation is a directory with a database that the binary works on.
type installation struct {
	program   string
	directory string
	database  string
	as        []string // what runs the binary as another user; nil: nothing
}

// install makes an empty database and runs each line of setup, words separated by blanks.
func install(t testing.TB, setup ...string) installation {
	t.Helper()
	i := at(t.TempDir())
	i.do(t, "init")
	for _, line := range setup {
		i.do(t, strings.Fields(line)...)
	}
	return i
}

func at(directory string) installation {
	return installation{program: binary, directory: directory, database: filepath.Join(directory, "latchkey.db")}
}

// environment is all that the binary gets to see of the machine.
func (i installation) environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + i.directory, "LATCHKEY_DB=" + i.database, "SUDO_USER=ann"}
}

// command prepares a run of the binary, or of what is put before it, such as strace.
func (i installation) command(ctx context.Context, before []string, arguments ...string) *exec.Cmd {
	words := slices.Concat(i.as, before, []string{i.program}, arguments)
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	command.Dir, command.Env = i.directory, i.environment()
	return command
}

// do runs a command that must end well, and returns what it prints.
func (i installation) do(t testing.TB, arguments ...string) string {
	t.Helper()
	command := i.command(t.Context(), nil, arguments...)
	var messages bytes.Buffer
	command.Stderr = &messages
	output, err := command.Output()
	if err != nil {
		t.Fatalf("latchkey %s: %v\n%s", strings.Join(arguments, " "), err, messages.String())
	}
	return strings.TrimSpace(string(output))
}

// status is the exit status of a command that has ended; 128 and the signal's number where one ended it, as in a shell.
func status(err error) int {
	var failed *exec.ExitError
	if err == nil {
		return 0
	}
	if !errors.As(err, &failed) {
		return -1
	}
	if waited, ok := failed.Sys().(syscall.WaitStatus); ok && waited.Signaled() {
		return 128 + int(waited.Signal())
	}
	return failed.ExitCode()
}

// clone copies the files of an installation that nobody has open.
func (i installation) clone(t testing.TB) installation {
	t.Helper()
	copied := at(filepath.Join(t.TempDir(), "data"))
	copied.program = i.program
	if err := os.CopyFS(copied.directory, os.DirFS(i.directory)); err != nil {
		t.Fatal(err)
	}
	_ = filepath.WalkDir(copied.directory, func(path string, entry os.DirEntry, _ error) error {
		if entry.Type().IsRegular() {
			return os.Chmod(path, 0o600) // CopyFS leaves it to the umask
		}
		return nil
	})
	return copied
}

// open opens the database within the test. What is wrong with it is an error, as for every command. It is not watched: that
// would keep its volume busy.
func (i installation) open(ctx context.Context) (*db.DB, error) {
	return db.Open(ctx, i.database, db.Options{Clock: time.Now})
}

// examine looks for anything that no save or edit can have left behind.
func (i installation) examine(ctx context.Context) error {
	database, err := i.open(ctx)
	if err != nil {
		return err
	}
	defer database.Close()
	damages, err := backup.Damages(ctx, database)
	_, logErr := database.History().Verify(ctx, nil)
	return errors.Join(append(damages, err, logErr, database.Examine(ctx))...)
}

// state is what is live and what is staged, with revision numbers and tokens left out: of a token, whether it is one of
// those named is all that stays.
func (i installation) state(ctx context.Context, tokens map[string]string) (string, error) {
	database, err := i.open(ctx)
	if err != nil {
		return "", err
	}
	defer database.Close()
	var lines []string
	for _, kind := range []model.Kind{model.KindUser, model.KindRole, model.KindResource} {
		objects, err := database.Objects(ctx, kind)
		if err != nil {
			return "", err
		}
		for _, object := range objects {
			lines = append(lines, fmt.Sprint(kind, object.Record()))
		}
	}
	staged, err := database.Staged(ctx, drafts.Draft{Operator: model.Operator{Name: "os:ann"}})
	for _, draft := range staged {
		lines = append(lines, fmt.Sprint("staged ", draft.Label(), draft.Differences()))
	}
	return fingerprint.ReplaceAllStringFunc(strings.Join(lines, "\n"), func(found string) string {
		if name := tokens[strings.TrimPrefix(found, "token ")]; name != "" {
			return "token " + name
		}
		return "token new"
	}), err
}

var fingerprint = regexp.MustCompile(`token [0-9a-f]{12}`)

// server is a running `latchkey serve`.
type server struct {
	installation
	url      string
	trust    *tls.Config // of clients: the local CA alone
	client   *http.Client
	process  *exec.Cmd
	ended    chan struct{}
	messages []string // the last lines that it told; to be read once it has ended
}

var listening = regexp.MustCompile(`https://[^\s'"/]+`)

// serve starts a server and returns when it listens. It ends with the test.
func (i installation) serve(t testing.TB, flags ...string) *server {
	t.Helper()
	s, err := i.start(flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

func (i installation) start(flags ...string) (*server, error) {
	s := &server{installation: i, ended: make(chan struct{})}
	s.process = i.command(context.Background(), nil, append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...)...)
	stderr, err := s.process.StderrPipe()
	if err == nil {
		err = s.process.Start()
	}
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(stderr)
	var messages strings.Builder
	for s.url == "" && lines.Scan() {
		messages.WriteString(lines.Text() + "\n")
		s.url = listening.FindString(lines.Text())
	}
	go func() {
		defer close(s.ended)
		for lines.Scan() {
			s.messages = append(s.messages[max(0, len(s.messages)-99):], lines.Text())
		}
		_ = s.process.Wait()
	}()
	if s.url == "" {
		<-s.ended
		return nil, fmt.Errorf("the server did not start:\n%s", messages.String())
	}
	authority, err := os.ReadFile(filepath.Join(i.directory, "ca.pem"))
	if err != nil {
		s.kill()
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	s.trust = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12, ServerName: "127.0.0.1"}
	s.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: s.trust, MaxIdleConnsPerHost: 8}}
	return s, nil
}

// kill ends the server as a crash would.
func (s *server) kill() {
	_ = s.process.Process.Kill()
	<-s.ended
}

// lastWords are what the server told last, if it has ended.
func (s *server) lastWords() string {
	select {
	case <-s.ended:
		return "; the server has ended:\n" + strings.Join(s.messages, "\n")
	case <-time.After(time.Second): // it may be about to
		return ""
	}
}

// get makes a request and returns its status.
func (s *server) get(ctx context.Context, user, token, path string) (int, error) {
	status, _, err := s.ask(ctx, s.client, user, token, path)
	return status, err
}

// ask has a client make a request, and returns the status and how long to wait, as the answer says it.
func (s *server) ask(ctx context.Context, client *http.Client, user, token, path string) (status int, wait string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		return 0, "", err
	}
	request.SetBasicAuth(user, token)
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, answer.Header.Get("Retry-After"), errors.Join(err, answer.Body.Close())
}
