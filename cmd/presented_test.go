package cmd_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPresentedTokensRestNowhere gives tokens to the commands that read them, well formed and not, of somebody and of
// nobody, and then looks for each in the database's folder and in all output (R3).
func TestPresentedTokensRestNowhere(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ci", "ann", "--save")
	first := strings.TrimSuffix(w.run("token", "enable", "ci", "--save"), "\n")
	live := strings.TrimSuffix(w.run("token", "regenerate", "ci", "--grace", "1h", "--save"), "\n")
	staged := strings.TrimSuffix(w.run("token", "enable", "ann"), "\n")
	typo := live[:10] + live[11:] + "x"
	for _, text := range []string{first, live, staged, typo, live + "\n" + staged, live[:30]} {
		for _, args := range [][]string{{"token", "verify", "ci"}, {"token", "verify", "ann", "--output", "json"}, {"token", "inspect"},
			{"token", "revoke", "--output", "yaml"}, {"token", "verify", "nobody"}} {
			command := exec.CommandContext(t.Context(), binary, args...)
			command.Env, command.Stdin = w.environment(), strings.NewReader(text)
			command.Stdout, command.Stderr = &w.messages, &w.messages
			_ = command.Run() // each ends with a status of its own: the stories look at these
		}
	}
	if !bytes.Contains(w.messages.Bytes(), []byte("it is the current token")) || !bytes.Contains(w.messages.Bytes(), []byte("checksum is wrong")) {
		t.Fatalf("the commands did not do their work:\n%s", w.messages.String())
	}
	w.run("save")
	sought := secrets{}
	for text, form := range map[string]string{first: "retiring", live: "live", staged: "staged", typo: "mistyped", live[:30]: "cut off"} {
		sought.put(text, form)
	}
	if found := sought.find(w.messages.Bytes()); found != "" {
		t.Errorf("a %s token was shown", found)
	}
	err := fs.WalkDir(os.DirFS(w.directory), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(w.directory, name))
		if found := sought.find(content); found != "" {
			t.Errorf("%s holds a %s token", name, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
