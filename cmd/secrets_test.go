package cmd_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"latchkey/tokens"
)

// TestNoSecretRestsAnywhere issues 1000 tokens, uses them, rotates them, and then looks for each in every file and all
// output, logs and metrics but the one that was asked for, in every form (R3).
func TestNoSecretRestsAnywhere(t *testing.T) {
	t.Parallel()
	const users = 500
	w := newWorkshop(t)
	w.run("init")
	names := make([]string, users)
	for i := range names {
		names[i] = fmt.Sprintf("user%03d", i)
	}
	w.run(append([]string{"user", "add", "--save"}, names...)...)
	issued := tokenLines(t, w.run(append([]string{"token", "enable", "--save"}, names...)...))
	server := w.serve("--access-log", "json", "--request-log", "100000", "--metrics-listen", "127.0.0.1:0")
	for _, name := range names {
		if status := server.get(name, issued[name], "/api/v2/time"); status != 200 {
			t.Fatalf("%s: got %d, want 200", name, status)
		}
		server.get(issued[name], name, "/api/v2/"+issued[name]+"?"+issued[name]) // pasted in the wrong places
		server.get(name, issued[name], "/api/v2/"+issued[name]+"?page="+issued[name])
	}
	rotated := tokenLines(t, w.run(append([]string{"token", "regenerate"}, names...)...)) // staged, and saved next
	w.run("save", "-m", "rotate all")
	for _, name := range names[:10] {
		if status := server.get(name, rotated[name], "/api/v2/time"); status != 200 {
			t.Fatalf("%s: got %d, want 200", name, status)
		}
	}
	for _, args := range [][]string{{"user", "list"}, {"token", "list", "--output", "json"}, {"status"}, {"diff"}} {
		w.messages.WriteString(w.run(args...))
	}

	sought := secrets{}
	for _, made := range []map[string]string{issued, rotated} {
		for name, token := range made {
			sought.add(name, token)
		}
	}
	w.messages.WriteString(server.metrics())
	server.end() // the request log and the access log are written
	for what, count := range map[string]int{`"msg":"request"`: 2 * users, "left_out_before": 1, "[redacted]": users} {
		if got := bytes.Count(server.messages(), []byte(what)); got < count {
			t.Fatalf("the access log has %s %d times, want at least %d: there is nothing to search", what, got, count)
		}
	}
	for name, content := range w.everything(server) {
		if found := sought.find(content); found != "" {
			t.Errorf("%s holds a token as %s", name, found)
		}
	}
	// The search must be able to find one.
	planted := filepath.Join(w.directory, "planted")
	if err := os.WriteFile(planted, []byte("x"+issued[names[7]]+"y"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found := sought.find(w.everything(server)[planted]); found != "text" {
		t.Errorf("the search does not find a planted token: got %q", found)
	}
}

// secrets are tokens in all forms in which they may have been written down, by how these begin.
type secrets map[[12]byte][]secret

type secret struct{ text, form string }

// add adds a token: as text, percent-encoded, in hex, and in base64 with whatever may stand before and behind it, as a
// client sends it.
func (s secrets) add(name, token string) {
	percent := regexp.MustCompile("..").ReplaceAllString(hex.EncodeToString([]byte(token)), "%$0")
	for text, form := range map[string]string{
		token: "text", strings.Replace(token, "_", "%5F", 1): "percent", strings.Replace(token, "_", "%5f", 1): "percent",
		percent: "percent", strings.ToUpper(percent): "percent",
		hex.EncodeToString([]byte(token)): "hex", strings.ToUpper(hex.EncodeToString([]byte(token))): "hex",
		base64.StdEncoding.EncodeToString([]byte(name + ":" + token)): "base64",
	} {
		s.put(text, form)
	}
	for before := range 3 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(":", before) + token))
		text = text[(8*before+5)/6 : 8*(before+len(token))/6] // what is of the token alone
		s.put(text, "base64")
		s.put(strings.NewReplacer("+", "-", "/", "_").Replace(text), "base64")
	}
}

func (s secrets) put(text, form string) {
	begins := [12]byte([]byte(text))
	s[begins] = append(s[begins], secret{text, form})
}

// find says in which form a content holds one of the secrets.
func (s secrets) find(content []byte) string {
	for at := range max(0, len(content)-11) {
		for _, one := range s[[12]byte(content[at:])] {
			if bytes.HasPrefix(content[at:], []byte(one.text)) {
				return one.form
			}
		}
	}
	return ""
}

// TestSecretsAreFoundInEveryForm, or looking for them would show nothing.
func TestSecretsAreFoundInEveryForm(t *testing.T) {
	t.Parallel()
	token := freshToken(t)
	sought := secrets{}
	sought.add("ci", token)
	for text, want := range map[string]string{
		"": "", "nothing": "", token[:38]: "", freshToken(t): "",
		"TOKEN=" + token + "\n":    "text",
		"?token=lk%5f" + token[3:]: "percent",
		fmt.Sprintf("{%x}", token): "hex",
		fmt.Sprintf("{%X}", token): "hex",
		"Basic " + base64.StdEncoding.EncodeToString([]byte("ci:"+token)): "base64",
		base64.StdEncoding.EncodeToString([]byte("a:" + token + "!")):     "base64",
		base64.RawURLEncoding.EncodeToString([]byte("abcd" + token)):      "base64",
		base64.StdEncoding.EncodeToString([]byte(token)):                  "base64",
	} {
		if got := sought.find([]byte(text)); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	percent := regexp.MustCompile("(?i)[0-9a-f]{2}").ReplaceAllString(hex.EncodeToString([]byte(token)), "%$0")
	if got := sought.find([]byte("/" + percent + "/")); got != "percent" {
		t.Errorf("%q: got %q, want percent", percent, got)
	}
}

func freshToken(t *testing.T) string {
	t.Helper()
	token, err := tokens.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return token.Reveal()
}

func tokenLines(t *testing.T, output string) map[string]string {
	t.Helper()
	made := map[string]string{}
	for line := range strings.Lines(output) {
		name, token, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || !strings.HasPrefix(token, "lk_") {
			t.Fatal("a line of output is not NAME<TAB>TOKEN")
		}
		made[name] = token
	}
	return made
}

// workshop is a directory with a database that a Go test works on with the built binary.
type workshop struct {
	t         testing.TB
	directory string
	messages  bytes.Buffer // what the commands wrote to standard error
}

func newWorkshop(t testing.TB) *workshop {
	t.Helper()
	return &workshop{t: t, directory: t.TempDir()}
}

func (w *workshop) environment() []string {
	return append(os.Environ(), "LATCHKEY_DB="+filepath.Join(w.directory, "latchkey.db"))
}

// run runs latchkey and returns its standard output.
func (w *workshop) run(args ...string) string {
	w.t.Helper()
	command := exec.CommandContext(w.t.Context(), binary, args...)
	command.Env = w.environment()
	command.Stderr = &w.messages
	output, err := command.Output()
	if err != nil {
		w.t.Fatalf("latchkey %s: %v\n%s", args[0], err, w.messages.String())
	}
	return string(output)
}

// everything is the content of each file of the workshop and of what the server and the commands told.
func (w *workshop) everything(server *runningServer) map[string][]byte {
	w.t.Helper()
	contents := map[string][]byte{"the commands' messages": w.messages.Bytes(), "the server's messages": server.messages()}
	err := filepath.WalkDir(w.directory, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		contents[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return contents
}
