package cmd_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"latchkey/cmd"
	"latchkey/cmd/internal/app"
)

// binary is the program under test, built as it is released.
var binary string

func TestMain(m *testing.M) {
	directory, err := os.MkdirTemp("", "latchkey-test-")
	if err == nil {
		binary = filepath.Join(directory, "latchkey")
		build := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-o", binary, "latchkey")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	status := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, "building latchkey:", err)
	} else {
		status = m.Run()
	}
	_ = os.RemoveAll(directory)
	os.Exit(status)
}

// TestScripts runs one script a file over the built binary: real files, real processes, real HTTPS.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("LATCHKEY_DB", filepath.Join(env.WorkDir, "data", "latchkey.db"))
			env.Setenv("LATCHKEY_SERVE_NO_FAST_PATH", os.Getenv("LATCHKEY_SERVE_NO_FAST_PATH"))
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			return nil
		},
		Condition: missing,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":   exits,
			"by":      by,
			"tokenOf": tokenOf,
			"sum":     sum,
			"serve":   serveCommand,
			"as":      as,
			"mode":    mode,
			"tamper":  tamper,
			"later":   later,
		},
	})
}

// missing is the condition [missing:PROGRAM]. It is an error where CI is set, as there no program may be missing.
func missing(condition string) (bool, error) {
	name, ok := strings.CutPrefix(condition, "missing:")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", condition)
	}
	_, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "" {
		return true, fmt.Errorf("%s is missing: install it", name)
	}
	return err != nil, nil
}

// exits N PROGRAM ARGS… runs a program that must end with exactly this status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := statusOf(ts, ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("got exit status %d, want %d", got, want)
	}
}

func statusOf(ts *testscript.TestScript, err error) int {
	if err == nil {
		return 0
	}
	var failed *exec.ExitError
	if !errors.As(err, &failed) {
		ts.Fatalf("%v", err)
	}
	return failed.ExitCode()
}

// by OPERATOR N PROGRAM ARGS… runs a program as another operator; N is the exit status it must have.
func by(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: by OPERATOR N PROGRAM ARGS…")
	}
	old := ts.Getenv("SUDO_USER")
	ts.Setenv("SUDO_USER", args[0])
	defer ts.Setenv("SUDO_USER", old)
	exits(ts, false, args[1:])
}

// tokenOf FILE PROGRAM ARGS… runs a program and keeps its standard output in a file, so that no token is in a log.
func tokenOf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: tokenOf FILE PROGRAM ARGS…")
	}
	line := `file=$1; shift; umask 077; "$@" > "$file"`
	ts.Check(ts.Exec("sh", append([]string{"-c", line, "sh", args[0]}, args[1:]...)...))
}

// sum FILE prints the fingerprint of the token in a file: the first 12 digits of `printf %s TOKEN | sha256sum`.
func sum(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sum FILE")
	}
	digest := sha256.Sum256([]byte(strings.TrimSuffix(ts.ReadFile(args[0]), "\n")))
	_, err := fmt.Fprintf(ts.Stdout(), "%x\n", digest[:6])
	ts.Check(err)
}

// mode FILE 0600 checks the permissions of a file.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mode FILE MODE")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); (got == args[1]) == neg {
		ts.Fatalf("%s has mode %s", args[0], got)
	}
}

// serveCommand: serve FLAGS… starts a server on a free port and waits until it listens. It sets URL and keeps the
// server's standard error in serve.log. It ends with the script.
func serveCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! serve")
	}
	log, err := os.Create(ts.MkAbs("serve.log"))
	ts.Check(err)
	var environment []string
	for _, name := range []string{"PATH", "HOME", "LATCHKEY_DB", "SUDO_USER", "LATCHKEY_SERVE_NO_FAST_PATH"} {
		environment = append(environment, name+"="+ts.Getenv(name))
	}
	url, stop, err := startServer(ts.MkAbs("."), environment, log, args...)
	ts.Check(err)
	ts.Defer(func() {
		if err := stop(); err != nil && !errors.Is(err, context.Canceled) {
			ts.Logf("server: %v", err)
		}
		_ = log.Close()
	})
	if url == "" {
		ts.Fatalf("the server did not start:\n%s", ts.ReadFile("serve.log"))
	}
	ts.Setenv("URL", url)
}

// as USER TOKENFILE STATUS METHOD PATH [BODY] makes a request over HTTPS, trusting ca.pem beside the database alone.
// "nobody" as USER sends no credentials. The answer's body can be looked at with stdout.
func as(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 5 {
		ts.Fatalf("usage: as USER TOKENFILE STATUS METHOD PATH [BODY]")
	}
	var body io.Reader
	if len(args) > 5 {
		body = strings.NewReader(args[5])
	}
	request, err := http.NewRequestWithContext(context.Background(), args[3], ts.Getenv("URL")+args[4], body)
	ts.Check(err)
	if args[0] != "nobody" {
		request.SetBasicAuth(args[0], strings.TrimSuffix(ts.ReadFile(args[1]), "\n"))
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	client, err := clientTrusting(filepath.Join(filepath.Dir(ts.Getenv("LATCHKEY_DB")), "ca.pem"))
	ts.Check(err)
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
	ts.Check(err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	ts.Check(err)
	_, err = io.Copy(ts.Stdout(), bytes.NewReader(content))
	ts.Check(err)
	if got := strconv.Itoa(answer.StatusCode); got != args[2] {
		ts.Fatalf("%s %s as %s: got %s, want %s: %s", args[3], args[4], args[0], got, args[2], content)
	}
}

// later SPAN N ARGS… runs latchkey with a clock that is ahead by a span, and must have the exit status N. It runs in this
// process, as the program as it is released knows one clock alone: to whatever it runs afterwards the clock was set back.
func later(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: later SPAN N ARGS…")
	}
	ahead, err := time.ParseDuration(args[0])
	ts.Check(err)
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	a := &app.App{In: strings.NewReader(""), Out: ts.Stdout(), Err: ts.Stderr(), Getenv: ts.Getenv, Random: rand.Reader,
		Clock: func() time.Time { return time.Now().Add(ahead) }}
	if got := cmd.Run(context.Background(), a, args[2:]); got != want {
		ts.Fatalf("got exit status %d, want %d", got, want)
	}
}

// tamper SQL changes the database behind latchkey's back.
func tamper(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: tamper SQL")
	}
	raw, err := sql.Open("sqlite", ts.Getenv("LATCHKEY_DB"))
	ts.Check(err)
	_, err = raw.ExecContext(context.Background(), strings.Join(args, " "))
	ts.Check(errors.Join(err, raw.Close()))
}
