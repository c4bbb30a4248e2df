package cmd_test

import (
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"latchkey/tokens"
)

// gitleaksSetting reads a setting of the shipped rule; gitleaks takes regular expressions as package regexp does.
func gitleaksSetting(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile("../.gitleaks.toml")
	if err != nil {
		t.Fatal(err)
	}
	rule := regexp.MustCompile(`(?m)^` + name + ` = (?:'''(.*)'''|\["(.*)"\])$`).FindStringSubmatch(string(content))
	if rule == nil {
		t.Fatalf(".gitleaks.toml has no %s", name)
	}
	return rule[1] + rule[2]
}

// TestGitleaksRule: the shipped rule finds every token in the places where they leak, and nothing that is too short, too
// long or of other characters. It cannot tell a broken checksum; 'token inspect', which the rule's comment names, can (T4).
func TestGitleaksRule(t *testing.T) {
	t.Parallel()
	rule, keyword := regexp.MustCompile(gitleaksSetting(t, "regex")), gitleaksSetting(t, "keywords")
	inspect := func(text string) int {
		command := exec.CommandContext(t.Context(), binary, "token", "inspect")
		command.Stdin = strings.NewReader(text + "\n")
		var exit *exec.ExitError
		if err := command.Run(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return command.ProcessState.ExitCode()
	}
	for i := range 200 {
		token, err := tokens.New(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		text := token.Reveal()
		for _, around := range [][2]string{{"", ""}, {`TOKEN="`, `"`}, {"token=", "\n"}, {"https://ci:", "@api.example.org/"}, {"-u ci:", " https://"}, {"{'t':'", "'}"}} {
			line := around[0] + text + around[1]
			if found := rule.FindString(line); found != text || !strings.Contains(line, keyword) {
				t.Fatalf("a token between %q and %q is not found", around[0], around[1])
			}
		}
		broken := []byte(text)
		at := len(broken) - 1 - i%6
		if broken[at]++; broken[at] > 'z' || !rule.Match(broken) { // beyond a range of letters or digits
			broken[at] = '0'
			if text[at] == '0' {
				broken[at] = '1'
			}
		}
		if found := rule.Find(broken); string(found) != string(broken) {
			t.Fatalf("one with a broken checksum is not found: the rule is to find typos too")
		}
		if i < 5 { // a process each
			if right, wrong := inspect(text), inspect(string(broken)); right != 0 || wrong != 3 {
				t.Errorf("token inspect exits %d for a token and %d for a broken one, want 0 and 3", right, wrong)
			}
		}
		for what, other := range map[string]string{"cut off": text[:38], "too long": text + "x", "of other characters": text[:20] + "-" + text[21:], "within a word": "x" + text, "of another prefix": "gh" + text[2:]} {
			if rule.MatchString(other) {
				t.Errorf("what is %s is taken for a token", what)
			}
		}
	}
}
