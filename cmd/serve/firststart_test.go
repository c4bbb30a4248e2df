package serve

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/db/model"
	"latchkey/tokens"
)

var tokenShape = regexp.MustCompile(`lk_[0-9A-Za-z]{36}`)

// filesWith names the files below a directory that hold one of the texts.
func filesWith(t *testing.T, directory string, texts ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(directory, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if holdsOne(string(content), texts...) {
			found = append(found, entry.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func holdsOne(content string, texts ...string) bool {
	for _, text := range texts {
		if strings.Contains(content, text) {
			return true
		}
	}
	return false
}

// spellings are the forms in which a token could have been kept (R3).
func spellings(token string) []string {
	credentials := base64.StdEncoding.EncodeToString([]byte("admin:" + token))
	return []string{token, token[3:], credentials[12:], base64.StdEncoding.EncodeToString([]byte(token)), hex.EncodeToString([]byte(token))}
}

func TestFirstStartWithoutATerminal(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Database = filepath.Join(filepath.Dir(s.Database), "new", "folder's", "latchkey.db")
	directory := filepath.Dir(s.Database)
	r := start(t, s)
	token := r.firstToken(t)
	if info, err := os.Lstat(tokenFile(r.Database)); err != nil || info.Mode() != 0o600 {
		t.Errorf("the token's file: got %v, %v, want mode 0600", info.Mode(), err)
	}
	if _, err := tokens.Parse(token); err != nil {
		t.Fatalf("the file holds no token: %v", err)
	}
	for _, says := range []string{
		"Its token is in " + tokenFile(r.Database) + ".\n",
		"keep a copy of it",
		"latchkey token regenerate admin --save --db " + quote(s.Database) + "\n",
		"try it (this uses the file up: keep a copy of the token first):\n",
	} {
		if !strings.Contains(r.messages.String(), says) {
			t.Errorf("the messages does not say %q:\n%s", says, r.messages)
		}
	}
	if got := filesWith(t, directory, spellings(token)...); len(got) != 1 || got[0] != filepath.Base(tokenFile(r.Database)) {
		t.Errorf("files that hold the token: got %q, want %q alone", got, filepath.Base(tokenFile(r.Database)))
	}

	client := r.client(t)
	if got := r.getTime(t, client, "admin", token+"x"); got.status != http.StatusUnauthorized {
		t.Errorf("a wrong token: got %d, want 401", got.status)
	}
	if _, err := os.Lstat(tokenFile(r.Database)); err != nil {
		t.Errorf("after a wrong token: got %v, want the file still there", err)
	}
	if got := runCurl(t, r, ""); !strings.Contains(got, `{"time":`) {
		t.Errorf("the curl line: got %q, want the time", got)
	}
	if _, err := os.Lstat(tokenFile(r.Database)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after the first use: got %v, want no file", err)
	}
	if got := r.getTime(t, client, "admin", token); got.status != http.StatusOK {
		t.Errorf("the second use: got %d, want 200", got.status)
	}
	if got := do(t, client, request(t, http.MethodGet, r.url+"/api/v2/orders/count", "admin", token)); got.status != http.StatusOK {
		t.Errorf("admin may do everything: got %d, want 200", got.status)
	}
	r.stop(t)
	if r.err != nil {
		t.Errorf("after the stop: got %v, want nil", r.err)
	}
	if got := filesWith(t, directory, spellings(token)...); len(got) != 0 {
		t.Errorf("files that hold the token in the end: got %q, want none", got)
	}
	if messages, logged := r.messages.String(), r.logged.String(); holdsOne(messages+logged, spellings(token)...) {
		t.Errorf("the token was printed:\n%s\n%s", messages, logged)
	}
}

// runCurl runs the line that the messages offers, as it stands there. Where it asks for a password, it gets the token.
func runCurl(t *testing.T, r *running, token string) string {
	t.Helper()
	line := regexp.MustCompile(`(?m)^  ((?:printf .* \| )?curl .*)$`).FindStringSubmatch(r.messages.String())
	if line == nil {
		t.Fatalf("the messages has no curl line:\n%s", r.messages)
	}
	command := exec.CommandContext(t.Context(), "sh", "-c", line[1]+" --silent --show-error --no-progress-meter")
	command.Stdin, command.SysProcAttr = strings.NewReader(token+"\n"), &syscall.SysProcAttr{Setsid: true} // without a terminal to ask at
	output, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v: %s", line[1], err, output)
	}
	return string(output)
}

func TestFirstStartAtATerminal(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Terminal = true
	r := start(t, s)
	token := tokenShape.FindString(r.messages.String())
	if got := r.getTime(t, r.client(t), "admin", token); got.status != http.StatusOK {
		t.Fatalf("the token shown: got %d, want 200:\n%s", got.status, r.messages)
	}
	want := "\n  curl --cacert '" + beside(s.Database, "ca.pem") + "' -u admin " + r.url + "/api/v2/time\n"
	if messages := r.messages.String(); !strings.Contains(messages, want) || strings.Count(messages, "curl") != 1 {
		t.Errorf("got\n%s\nwant one line%s", messages, want)
	}
	if got := runCurl(t, r, token); !strings.Contains(got, `{"time":`) {
		t.Errorf("the curl line: got %q, want the time", got)
	}
	if got := filesWith(t, filepath.Dir(s.Database), spellings(token)...); len(got) != 0 {
		t.Errorf("files that hold the token: got %q, want none", got)
	}
	if holdsOne(r.logged.String(), spellings(token)...) {
		t.Errorf("the log holds the token:\n%s", r.logged)
	}
}

func TestFirstTokenOutlivesARestart(t *testing.T) {
	t.Parallel()
	first := start(t, newServer(t))
	token := first.firstToken(t)
	first.stop(t)

	s := newServer(t)
	s.Database, s.Create = first.Database, false
	r := start(t, s)
	if got := runCurl(t, r, ""); !strings.Contains(got, `{"time":`) {
		t.Errorf("the curl line after a restart: got %q, want the time", got)
	}
	if _, err := os.Lstat(tokenFile(r.Database)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after the first use: got %v, want no file", err)
	}
	if got := r.getTime(t, r.client(t), "admin", token); got.status != http.StatusOK {
		t.Errorf("the second use: got %d, want 200", got.status)
	}
}

func TestOtherUsersDoNotRemoveTheTokenFile(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	other := addUser(t, r.Database, "ci")
	if got := r.getTime(t, r.client(t), "ci", other); got.status != http.StatusOK {
		t.Fatalf("got %d, want 200", got.status)
	}
	if _, err := os.Lstat(tokenFile(r.Database)); err != nil {
		t.Errorf("got %v, want the file still there", err)
	}
}

// TestTokenFileThatIsNoneOfOurs: what stands in the token's place is neither used nor removed.
func TestTokenFileThatIsNoneOfOurs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, content string
		mode          os.FileMode
	}{
		{"mistyped token", "lk_0000000000000000000000000000000000Dk4I\n", 0o600},
		{"a note", "ask Ann\n", 0o600},
		{"open to others", "", 0o644},
		{"former token open to others", "former", 0o640},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			first := start(t, newServer(t))
			first.stop(t)
			content := test.content
			if content == "former" {
				content = start(t, newServer(t)).firstToken(t) + "\n"
			}
			replace(t, tokenFile(first.Database), []byte(content), test.mode)
			s := newServer(t)
			s.Database = first.Database
			r := start(t, s)
			if !strings.Contains(r.messages.String(), "warning: "+tokenFile(r.Database)+" is not used") || strings.Contains(r.messages.String(), "$(cat") {
				t.Errorf("got\n%s\nwant it to say so and to offer no such token", r.messages)
			}
			if got := string(mustRead(t, tokenFile(r.Database))); got != content {
				t.Errorf("the file: got %q, want it untouched", got)
			}
		})
	}
}

// TestStaleTokenFileIsRemoved: the token in it no longer opens anything, whatever became of it.
func TestStaleTokenFileIsRemoved(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]model.Change{
		"regenerated": model.Existing(func(target *model.Target) (err error) {
			target.Next.Access, err = tokens.Regenerate(target.Live.Access, target.Next.Access, tokens.DigestOf("new"), 0, time.Now())
			return err
		}),
		"disabled": model.Existing(func(target *model.Target) (err error) {
			target.Next.Access, err = tokens.Disable(target.Next.Access)
			return err
		}),
		"removed": func(target *model.Target) error { target.Next = nil; return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := start(t, newServer(t))
			token := first.firstToken(t)
			first.stop(t)
			saveEdit(t, first.Database, firstUser, end)
			s := newServer(t)
			s.Database, s.Quiet = first.Database, true
			r := startSilent(t, s)
			want := "the token in " + tokenFile(s.Database) + " was no longer in force: the file is removed\n"
			if missing, err := isMissing(tokenFile(s.Database)); err != nil || !missing {
				t.Errorf("got the file still there (%v), want it removed", err)
			}
			if got := r.messages.String(); got != want || holdsOne(got, spellings(token)...) {
				t.Errorf("got the messages %q, want %q", got, want)
			}
		})
	}
}

// TestTokenFileOfAnotherDatabaseIsLeftAlone: databases in one directory have their token files each.
func TestTokenFileOfAnotherDatabaseIsLeftAlone(t *testing.T) {
	t.Parallel()
	first := start(t, newServer(t))
	token := first.firstToken(t)
	for range 2 { // its first start and a later one
		other := newServer(t)
		other.Database = beside(first.Database, "other.db")
		start(t, other).stop(t)
	}
	if got := first.firstToken(t); got != token {
		t.Error("got another token in the file, want it untouched")
	}
	if got := runCurl(t, first, ""); !strings.Contains(got, `{"time":`) {
		t.Errorf("the curl line: got %q, want the time", got)
	}
}

// TestLeftoverOfACrashedFirstStart: the token was written, the database was not.
func TestLeftoverOfACrashedFirstStart(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	victim := filepath.Join(t.TempDir(), "victim")
	replaceNothing := os.WriteFile(victim, []byte("precious"), 0o644)
	if err := errors.Join(replaceNothing, os.Symlink(victim, tokenFile(s.Database))); err != nil {
		t.Fatal(err)
	}
	r := start(t, s)
	if got := r.getTime(t, r.client(t), "admin", r.firstToken(t)); got.status != http.StatusOK {
		t.Errorf("the new token: got %d, want 200", got.status)
	}
	if got := string(mustRead(t, victim)); got != "precious" {
		t.Errorf("the file behind a link: got %q, want it untouched", got)
	}
}

// full is a stream that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestTokenThatCannotBeShownMakesNoDatabase(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Terminal, s.Messages = true, io.Writer(full{})
	_, err := refusal(t, s)
	if !errors.Is(err, ErrDelivery) {
		t.Errorf("got %v, want %v", err, ErrDelivery)
	}
	if missing, err := isMissing(s.Database); err != nil || !missing {
		t.Errorf("got a database (%v), want none", err)
	}
}

// interrupting is a stream that ends a start when the token has been delivered.
type interrupting struct {
	*stream
	cancel context.CancelFunc
}

func (i interrupting) Write(text []byte) (int, error) {
	if strings.Contains(string(text), "Its token is in") {
		i.cancel()
	}
	return i.stream.Write(text)
}

func TestDatabaseThatCannotBeMadeTakesTheTokenBack(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := newServer(t)
	s.Messages, s.Log = interrupting{newStream(), cancel}, slog.New(slog.DiscardHandler)
	if err := s.run(ctx); err == nil || !strings.Contains(err.Error(), "will never work") {
		t.Errorf("got %v, want it to say that the token will never work", err)
	}
	for _, path := range []string{tokenFile(s.Database), s.Database} {
		if missing, err := isMissing(path); err != nil || !missing {
			t.Errorf("%s: got it made (%v), want none", path, err)
		}
	}
}

// TestFirstStartsTogether: two servers on a directory that has nothing yet end up with one database and one CA.
func TestFirstStartsTogether(t *testing.T) {
	t.Parallel()
	one, two := newServer(t), newServer(t)
	two.Database = one.Database
	servers := []*running{launch(t, one), launch(t, two)}
	made := 0
	for _, r := range servers {
		r.await(t, "listening on ")
		made += strings.Count(r.messages.String(), "first start")
	}
	if made != 1 {
		t.Errorf("got %d first starts, want 1", made)
	}
	token := servers[0].firstToken(t)
	for _, r := range servers {
		r.url = r.printedURL()
		if got := r.getTime(t, r.client(t), "admin", token); got.status != http.StatusOK {
			t.Errorf("%s: got %d, want 200", r.url, got.status)
		}
	}
}
