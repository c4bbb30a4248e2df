package cmd

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"latchkey/cmd/draft"
	"latchkey/cmd/internal/app"
	"latchkey/cmd/maintain"
	"latchkey/cmd/panel"
	"latchkey/cmd/perm"
	"latchkey/cmd/token"
)

func walk(command *cobra.Command, visit func(command *cobra.Command)) {
	visit(command)
	for _, verb := range command.Commands() {
		if !verb.Hidden {
			walk(verb, visit)
		}
	}
}

// TestEveryCommandExplainsItself walks the command tree: help with an example, known exit statuses, a check of the
// positional arguments.
func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	walk(newRoot(&app.App{}), func(command *cobra.Command) {
		path := command.CommandPath()
		if command.Short == "" || strings.HasSuffix(command.Short, ".") {
			t.Errorf("%s: needs a short description without a full stop, has %q", path, command.Short)
		}
		if !strings.Contains(command.Example, path) {
			t.Errorf("%s: the example does not show the command: %q", path, command.Example)
		}
		if command.Args == nil || command.RunE == nil {
			t.Errorf("%s: needs Args and RunE", path)
		}
		if _, ok := command.Annotations[app.ExitsAnnotation]; !ok {
			t.Errorf("%s: does not say with which statuses it exits", path)
		}
		help := command.UsageString()
		for _, want := range []string{"Examples:", "Exit status:", "  0    done", "  2    wrong use"} {
			if !strings.Contains(help, want) {
				t.Errorf("%s: help lacks %q", path, want)
			}
		}
		if !strings.HasPrefix(help, command.Short+".\n\nExamples:\n") {
			t.Errorf("%s: help does not begin with the examples: %q", path, help)
		}
		if lines := strings.Count(help, "\n"); lines > 60 && strings.Count(command.Example, "\n") < 2 {
			t.Errorf("%s: help of %d lines begins with fewer than three lines of examples", path, lines)
		}
		for line := range strings.Lines(command.Example) {
			if !strings.HasPrefix(line, "  ") {
				t.Errorf("%s: the example is not indented by two spaces: %q", path, line)
			}
		}
	})
}

// TestHelpFits: at 80 and 120 columns no help is wider but for lines to copy, each command is in a group, and each says only once
// which flags every command has.
func TestHelpFits(t *testing.T) {
	t.Parallel()
	root := newRoot(&app.App{})
	grouped := ""
	for _, group := range helpGroups {
		grouped += " " + group.commands + " "
	}
	for _, command := range root.Commands() {
		if !command.Hidden && !strings.Contains(grouped, " "+command.Name()+" ") {
			t.Errorf("%s is in no group of the help", command.Name())
		}
	}
	walk(root, func(command *cobra.Command) {
		for _, width := range []int{80, 120} {
			help := helpText(command, width)
			for line := range strings.Lines(strings.ReplaceAll(help, command.Example, "")) {
				if cells := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); cells > width {
					t.Errorf("%s: %d cells at %d columns: %q", command.CommandPath(), cells, width, line)
				}
			}
			if got, want := strings.Count(help, "latchkey help flags"), 1; got != want && command.Name() != "serve" {
				t.Errorf("%s: names 'latchkey help flags' %d times, want once", command.CommandPath(), got)
			}
		}
	})
	if serve, _, _ := root.Find([]string{"serve"}); strings.Contains(helpText(serve, 80), "--draft") || !strings.Contains(helpText(serve, 80), "--db file") {
		t.Error("serve explains --draft, which does not concern it, or not --db")
	}
	for _, name := range []string{"--as", "--db", "--draft", "--output", "--yes"} {
		if !strings.Contains(flagsTopic(), name+" ") {
			t.Errorf("'help flags' lacks %s", name)
		}
	}
}

// TestShapesAreDocumented compares the structs that are printed with the contract.
func TestShapesAreDocumented(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	contract := string(content)
	for _, shape := range []any{panel.User{}, panel.Role{}, panel.Resource{}, panel.Upstream{}, panel.RequestType{}, panel.Token{}, panel.Retiring{}, panel.Rule{}, panel.Access{}, panel.Issued{},
		panel.Granted{}, perm.PermissionShape{}, panel.Difference{}, draft.StatusShape{}, panel.Staged{}, panel.Saved{},
		panel.Decision{}, panel.HeldRule{}, panel.NearMiss{}, panel.Permitted{}, versionShape{}, maintain.BackupShape{}, maintain.FindingShape{}, maintain.AuthorityShape{},
		panel.VerifiedToken{}, token.InspectedShape{}, panel.RevokedToken{}, panel.OpenDraft{},
		panel.Setting{}, panel.Edited{}, panel.EditedToken{}, panel.Draft{}, panel.Assigned{}, panel.Logged{}, panel.Recorded{}, panel.Changed{}, panel.VerifiedLog{}} {
		kind := reflect.TypeOf(shape)
		for i := range kind.NumField() {
			tag := kind.Field(i).Tag.Get("json")
			if strings.Contains(tag, "omit") {
				t.Errorf("%s.%s: every field is always present, but the tag is %q", kind.Name(), kind.Field(i).Name, tag)
			}
			if tag != "" && tag != "-" && !strings.Contains(contract, "`"+tag+"`") {
				t.Errorf("%s: docs/json.md does not mention `%s`", kind.Name(), tag)
			}
		}
	}
}

// TestOtherNamesAreUnambiguous: no other name of a verb is the name of another verb of its noun, and no hint stands in the way of a verb.
func TestOtherNamesAreUnambiguous(t *testing.T) {
	t.Parallel()
	count := 0
	walk(newRoot(&app.App{}), func(command *cobra.Command) {
		seen := map[string]string{}
		for _, verb := range command.Commands() {
			for _, name := range append([]string{verb.Name()}, verb.Aliases...) {
				if other, taken := seen[name]; taken {
					t.Errorf("%s %s: means %s and %s", command.CommandPath(), name, other, verb.Name())
				}
				seen[name] = verb.Name()
			}
			count += len(verb.Aliases)
		}
	})
	if count < 10 {
		t.Errorf("got %d other names: the verbs have lost theirs", count)
	}
}

// TestCommandsByTheirWord: a command that is made alone is the one that is made among all.
func TestCommandsByTheirWord(t *testing.T) {
	t.Parallel()
	called := map[string]bool{"docs": true, "completion": true, "help": true} // these know all others
	for _, one := range rooms() {
		for _, word := range one.words {
			called[word] = true
			found, _, err := newRoot(&app.App{}, word).Find([]string{word})
			if err != nil || found.Name() != word {
				t.Errorf("%s: got %v, %v", word, found, err)
			}
		}
	}
	for _, command := range newRoot(&app.App{}).Commands() {
		if !called[command.Name()] && !command.Hidden {
			t.Errorf("%s: is made for no word", command.Name())
		}
	}
}
