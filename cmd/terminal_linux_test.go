package cmd_test

import (
	"bytes"
	"crypto/tls"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const escape = "\x1b["

// TestColours: data and messages are coloured on a terminal, unless --no-color, NO_COLOR or TERM say no; each by its own
// stream.
func TestColours(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ann", "--save")
	for name, test := range map[string]struct {
		environment []string
		flags       []string
		want        bool
	}{
		"a terminal":        {nil, nil, true},
		"--no-color":        {nil, []string{"--no-color"}, false},
		"NO_COLOR":          {[]string{"NO_COLOR=1"}, nil, false},
		"an empty NO_COLOR": {[]string{"NO_COLOR="}, nil, true},
		"a dumb terminal":   {[]string{"TERM=dumb"}, nil, false},
		"an unset TERM":     {[]string{"TERM="}, nil, false},
		"forced":            {[]string{"CLICOLOR_FORCE=1", "NO_COLOR=1"}, nil, false},
	} {
		environment := func(command *exec.Cmd) { command.Env = append(command.Env, test.environment...) }
		for _, args := range [][]string{{"user", "list"}, {"user", "show", "ann"}, {"user", "show", "nobody"}, {"status"}} {
			_, screen := w.atTerminal(t, environment, append(args, test.flags...)...).ends()
			if got := strings.Contains(screen, escape); got != test.want || screen == "" {
				t.Errorf("%s: %s: got colours %v, want %v: %q", name, args, got, test.want, screen)
			}
		}
	}
}

// TestEachStreamHasItsOwnColours: what is redirected has none, and the other keeps its own.
func TestEachStreamHasItsOwnColours(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ann", "--save")
	w.run("user", "edit", "ann", "--note", "new")
	var piped bytes.Buffer
	status, screen := w.atTerminal(t, func(command *exec.Cmd) { command.Stdout = &piped }, "user", "show", "ann").ends()
	if status != 0 || !strings.Contains(screen, escape) || strings.Contains(piped.String(), escape) {
		t.Errorf("with data in a pipe: got %d, data %q, messages %q", status, piped.String(), screen)
	}
	if !strings.HasPrefix(piped.String(), "name\tann\n") {
		t.Errorf("with data in a pipe: got %q, want tabs", piped.String())
	}
	piped.Reset()
	status, screen = w.atTerminal(t, func(command *exec.Cmd) { command.Stderr = &piped }, "user", "show", "ann").ends()
	if status != 0 || !strings.Contains(screen, escape) || piped.String() != "note: staged, not live: ann: note\n" {
		t.Errorf("with the messages in a pipe: got %d, data %q, messages %q", status, screen, piped.String())
	}
}

// TestTablesOnATerminal: a heading, columns, relative times; nobody's name can move the cursor.
func TestTablesOnATerminal(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ann", "--note", "red \x1b[31m", "--save")
	w.run("perm", "grant", "ann", "orders:*", "--until", "2199-12-31T00:00:00Z", "--save", "-m", "all orders")
	for _, test := range []struct{ command, want string }{
		{"user list", `^NAME  ACCESS  TOKEN  RULES  CHANGED +NOTE\nann   off            1      (now|\d+s ago) +red \\x1b\[31m\n$`},
		{"user show ann", `^name:? +ann\nnote:? +red \\x1b\[31m\naccess:? +off\nrule:? +allow orders:\* until 2199-12-31T00:00:00Z\n`},
		{"token list", `^NAME  ACCESS  TOKEN  ISSUED  RETIRING  UNTIL  USED  RETIRING USED  EXPIRES\nann   off\n$`},
		{"perm show ann", `^NAME  EFFECT  PERMISSION  UNTIL       THROUGH\nann   allow   orders:\*    2199-12-31\n$`},
		{"role list", `^note: no roles yet: 'latchkey role add ROLE' stages one\n$`},
		{"diff", `^note: nothing is staged\n$`},
		{"diff 0 1", `(?m)^ann +name +\+ ann$`},
		{"log", `^REVISION  SAVED +OPERATOR +CHANGED  MESSAGE\n2 +(now|\d+s ago) +os:\S+ +ann +all orders\n1 `},
		{"show 2", `(?m)^revision:? +2\n(?s:.*)\n\nann +rule orders:\* +\+ allow until 2199-12-31T00:00:00Z$`},
		{"who orders:view --all", `^NAME  RULE            ROLE  UNTIL       ACCESS\nann   allow orders:\*        2199-12-31  off\n$`},
	} {
		status, screen := w.atTerminal(t, nil, append(strings.Fields(test.command), "--no-color")...).ends()
		if status != 0 || !regexp.MustCompile(test.want).MatchString(screen) {
			t.Errorf("%s: got %d and\n%s\nwant\n%s", test.command, status, screen, test.want)
		}
	}
}

// TestTextOnATerminal: what is no table does nothing to a terminal either, and a pipe gets it as it is.
func TestTextOnATerminal(t *testing.T) {
	t.Parallel()
	const hostile, harmless = "red \x1b[31m \u202e \u009b", `red \x1b[31m \u202e \u009b`
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ann", "--note", hostile)
	file := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(file, []byte("note\n"+hostile+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.run("resource", "import", "orders", file)
	for command, want := range map[string]string{
		"diff --output commands":                 "set -e\nlatchkey user add ann --note '" + hostile + "'\n",
		"resource export orders --format csv -q": "id,note,date_created,date_modified\n1," + hostile + ",",
		"resource export orders -q":              "[\n{\"id\":1,\"note\":\"red \\u001b[31m \u202e \u009b\",",
	} {
		var piped bytes.Buffer
		_, _ = w.atTerminal(t, func(command *exec.Cmd) { command.Stdout = &piped }, strings.Fields(command)...).ends()
		if !strings.HasPrefix(piped.String(), want) {
			t.Errorf("%s in a pipe: got %q, want %q", command, piped.String(), want)
		}
		shown := strings.NewReplacer(hostile, harmless, "\u202e", `\u202e`, "\u009b", `\u009b`).Replace(want)
		if status, screen := w.atTerminal(t, nil, strings.Fields(command)...).ends(); status != 0 || !strings.HasPrefix(screen, shown) {
			t.Errorf("%s at a terminal: got %d and %q, want %q", command, status, screen, shown)
		}
	}
}

// TestConfirmation: what destroys is asked for where a person can answer, and only there; nothing but yes is yes.
func TestConfirmation(t *testing.T) {
	t.Parallel()
	const question = "Remove bob with token and rules? [y/N] "
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "bob", "--save")
	null := func(command *exec.Cmd) { command.Stdin = nil }
	elsewhere := func(command *exec.Cmd) { command.Stderr = &bytes.Buffer{} }
	for name, test := range map[string]struct {
		change func(*exec.Cmd)
		flags  string
		typed  string // "": nothing is asked
		status int
		told   string
	}{
		"yes":                       {nil, "", "y\n", 0, "staged bob: remove"},
		"yes, long":                 {nil, "--save", "YES\n", 0, "saved revision"},
		"no":                        {nil, "", "n\n", 7, "not confirmed; nothing was changed"},
		"no, to a save":             {nil, "--save", "n\n", 7, "not confirmed; nothing was changed"},
		"just Enter":                {nil, "", "\n", 7, "not confirmed; nothing was changed"},
		"something else":            {nil, "", "yo\n", 7, "not confirmed; nothing was changed"},
		"the end of the input":      {nil, "", "\x04", 7, "nobody to ask: use -y"},
		"Ctrl-C":                    {nil, "", "\x03", 130, "interrupted; nothing was changed"},
		"Ctrl-C, to a save":         {nil, "--save", "\x03", 130, "interrupted; nothing was changed"},
		"-y":                        {nil, "-y", "", 0, "staged bob: remove"},
		"--yes, to a save":          {nil, "--yes --save", "", 0, "saved revision"},
		"-q asks all the same":      {nil, "-q", "y\n", 0, ""},
		"--ensure too":              {nil, "--ensure", "n\n", 7, "not confirmed"},
		"--no-input":                {nil, "--no-input", "", 7, "nobody to ask: use -y"},
		"--no-input and -y":         {nil, "--no-input -y", "", 0, "staged bob: remove"},
		"input is no terminal":      {null, "", "", 7, "nobody to ask: use -y"},
		"nobody would see the text": {elsewhere, "", "", 7, ""},
	} {
		asked := w.atTerminal(t, test.change, append([]string{"user", "remove", "bob"}, strings.Fields(test.flags)...)...)
		if test.typed != "" {
			asked.awaits(question)
			asked.types(test.typed)
		}
		status, screen := asked.ends()
		if status != test.status || !strings.Contains(screen, test.told) || strings.Contains(screen, question) != (test.typed != "") {
			t.Errorf("%s: got %d and %q, want %d and %q", name, status, screen, test.status, test.told)
		}
		removed, saved := test.status == 0, strings.Contains(test.flags, "--save")
		live, staged := w.run("user", "list", "--output", "name") != "", w.run("diff") != ""
		if live != (!removed || !saved) || staged != (removed && !saved) {
			t.Errorf("%s: afterwards the user is live: %v, and something staged: %v", name, live, staged)
		}
		if removed {
			w.run("discard")
			w.run("user", "add", "bob", "--ensure", "--save")
		}
	}
}

// TestEveryQuestion: the others that are asked, and what asks nothing because it has nothing to do.
func TestEveryQuestion(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("role", "add", "support", "--save")
	w.run("user", "add", "ann", "--save")
	w.run("perm", "grant", "ann", "*:*", "--save")
	w.run("token", "enable", "ann", "--save")
	w.run("user", "edit", "ann", "--note", "hers", "--as", "ann")

	shown := w.atTerminal(t, nil, "backup", "-")
	if status, screen := shown.ends(); status != 2 || !strings.Contains(screen, "standard output is a terminal") || strings.Contains(screen, "SQLite") {
		t.Errorf("a backup to a terminal: got %d and %.200q, want it refused", status, screen)
	}
	asked := w.atTerminal(t, nil, "role", "remove", "support")
	asked.awaits("Remove the role support with its rules? [y/N] ")
	asked.types("n\n")
	if status, _ := asked.ends(); status != 7 {
		t.Errorf("a declined removal of a role: got %d, want 7", status)
	}
	asked = w.atTerminal(t, nil, "discard", "--operator", "user:ann", "--no-color")
	asked.awaits("warning: this is lost: ann: note: hers\nForget this of user:ann, in the draft without a name? [y/N] ")
	asked.types("n\n")
	if status, _ := asked.ends(); status != 7 {
		t.Errorf("a declined discard of somebody's draft: got %d, want 7", status)
	}
	if got := w.run("diff", "--as", "ann", "--field", "after"); got != "hers\n" {
		t.Errorf("a declined discard: got %q, want the draft as it was", got)
	}
	for _, args := range []string{"user remove nobody --ensure", "discard --operator os:nobody", "discard --operator user:ann -y"} {
		if status, screen := w.atTerminal(t, nil, strings.Fields(args)...).ends(); status != 0 || strings.Contains(screen, "[y/N]") {
			t.Errorf("%s: got %d and %q, want no question", args, status, screen)
		}
	}
	status, screen := w.atTerminal(t, nil, "token", "verify", "ann", "--no-input").ends()
	if status != 2 || !strings.Contains(screen, "pipe in what is to be read") {
		t.Errorf("a token from a terminal, with --no-input: got %d and %q, want 2", status, screen)
	}
	asked = w.atTerminal(t, nil, "token", "verify", "ann")
	asked.awaits("Token (it is not shown), then Enter: ")
	asked.types("\x03")
	if status, _ := asked.ends(); status != 130 {
		t.Errorf("Ctrl-C where a token is asked for: got %d, want 130", status)
	}
}

// TestFirstStartAtATerminal: a person who looks gets the admin's token on the screen, and no file holds it.
func TestFirstStartAtATerminal(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	server := w.atTerminal(t, nil, "serve", "--create", "--listen", "127.0.0.1:0")
	server.awaits("listening on https://127.0.0.1:")
	address := regexp.MustCompile(`https://127\.0\.0\.1:\d+`).FindString(server.screen.String())
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/api/v2/orders", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	server.awaits(" 401 GET /api/v2/orders - 127.0.0.1 ") // brief, as somebody looks on
	server.types("\x03")
	status, screen := server.ends()
	token := regexp.MustCompile(`lk_[0-9A-Za-z]{36}`).FindString(screen)
	if status != 0 || token == "" {
		t.Fatalf("got %d and no token on the screen, want 0 and the token", status)
	}
	if _, err := os.Lstat(filepath.Join(w.directory, "latchkey-admin-token")); !os.IsNotExist(err) {
		t.Errorf("the token's file: got %v, want none", err)
	}
	verify := exec.CommandContext(t.Context(), binary, "token", "verify", "admin")
	verify.Env, verify.Stdin = w.environment(), strings.NewReader(token)
	if err := verify.Run(); err != nil {
		t.Errorf("the token on the screen is not the admin's: %v", err)
	}
}
