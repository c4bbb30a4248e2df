package cmd_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/cmd/internal/programs"
)

// TestPager: what is read on a terminal goes through the pager, as with git; nothing else does, and how the pager ends is
// not how the command ends.
func TestPager(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ann", "bob", "--save")
	const mark = "PAGER=sed s/^/P:/"
	for name, test := range map[string]struct {
		environment []string
		args        string
		status      int
		want        string // how the screen begins
	}{
		"a list":           {[]string{mark}, "user list", 0, "P:NAME"},
		"one":              {[]string{mark}, "user show bob", 0, "P:name:"},
		"help":             {[]string{mark}, "help drafts", 0, "P:An edit"},
		"--help":           {[]string{mark}, "user --help", 0, "P:Users"},
		"a page":           {[]string{mark}, "docs", 0, "P:Resources"},
		"JSON":             {[]string{mark}, "user list -o json", 0, "P:["},
		"no answer":        {[]string{mark}, "status", 0, "database:"},
		"an edit":          {[]string{mark}, "user edit ann --note new", 0, "staged ann"},
		"an error":         {[]string{mark}, "user show nobody", 4, "latchkey: no such user"},
		"--no-pager":       {[]string{mark}, "user list --no-pager", 0, "NAME"},
		"cat":              {[]string{"PAGER=cat"}, "user list", 0, "NAME"},
		"empty":            {[]string{"PAGER="}, "user list", 0, "NAME"},
		"a dumb terminal":  {[]string{mark, "TERM=dumb"}, "user list", 0, "NAME"},
		"no such pager":    {[]string{"PAGER=latchkey-no-such-pager"}, "user list", 0, "warning: PAGER names latchkey-no-such-pager, which cannot be run"},
		"several words":    {[]string{"PAGER=sed -n -e s/^/P:/p"}, "user list", 0, "P:NAME"},
		"a shell's":        {[]string{"PAGER=cat | sed 's/^/P:/'"}, "user list", 0, "P:NAME"},
		"it fails":         {[]string{"PAGER=cat; exit 3"}, "user list", 0, "NAME"},
		"it is left":       {[]string{"PAGER=true"}, "perm list", 0, ""},
		"it is left early": {[]string{"PAGER=head -1"}, "diff --exit-code 0 1", 10, "ann"},
		"settings of less": {[]string{"PAGER=cat >/dev/null; echo $LESS"}, "user list", 0, "FRX"},
		"own settings":     {[]string{"PAGER=cat >/dev/null; echo $LESS", "LESS=own"}, "user list", 0, "own"},
		"its broken pipes": {[]string{"PAGER=cat >/dev/null; sh -c 'kill -PIPE $$; echo ignored'; echo $?"}, "user list", 0, "141"},
	} {
		environment := func(command *exec.Cmd) {
			path := "PATH=" + programs.Path(t)
			command.Env = append(append(command.Env, path), test.environment...)
		}
		status, screen := w.atTerminal(t, environment, append(strings.Fields(test.args), "--no-color")...).ends()
		if status != test.status || !strings.HasPrefix(screen, test.want) {
			t.Errorf("%s: got %d and %q, want %d and %q", name, status, screen, test.status, test.want)
		}
	}
	var piped bytes.Buffer
	status, _ := w.atTerminal(t, func(command *exec.Cmd) {
		command.Env, command.Stdout = append(command.Env, "PATH="+programs.Path(t), mark), &piped
	}, "user", "list").ends()
	if status != 0 || !strings.HasPrefix(piped.String(), "ann\t") {
		t.Errorf("in a pipe: got %d and %q, want no pager", status, piped.String())
	}
}

// TestPagerUnderSudo: whoever may run latchkey by sudo does not get a shell by way of the pager.
func TestPagerUnderSudo(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	less := filepath.Join(t.TempDir(), "less")
	if err := os.WriteFile(less, []byte("#!/bin/sh\necho less, secure: $LESSSECURE\ncat >/dev/null\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ variable, want string }{
		{"SUDO_USER=ann", "less, secure: 1\n"}, {"DOAS_USER=ann", "less, secure: 1\n"}, {"LATCHKEY_OPERATOR=ann", "chosen\n"},
	} {
		environment := func(command *exec.Cmd) {
			command.Env = append(command.Env, "PATH="+filepath.Dir(less)+":"+programs.Path(t), "PAGER=echo chosen", "LESSSECURE=", test.variable)
		}
		if status, screen := w.atTerminal(t, environment, "help", "drafts").ends(); status != 0 || screen != test.want {
			t.Errorf("%s: got %d and %q, want %q", test.variable, status, screen, test.want)
		}
	}
}

// TestMessagesAfterThePager: a message that comes while the pager has the screen is shown when it is left.
func TestMessagesAfterThePager(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ann", "--save")
	w.run("user", "edit", "ann", "--note", "new")
	file := func(command *exec.Cmd) {
		command.Env = append(command.Env, "PATH="+programs.Path(t), "PAGER=cat >/dev/null; echo left")
	}
	status, screen := w.atTerminal(t, file, "resource", "export", "orders", "--no-color").ends()
	if status != 0 || screen != "left\nexported 0 documents of orders\n" {
		t.Errorf("got %d and %q, want the message after the pager", status, screen)
	}
}
