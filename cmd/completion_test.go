package cmd

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/manual"
	"latchkey/cmd/internal/ui"
)

func TestWordsAt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		use      string
		position int
		want     string
	}{
		{"list", 0, ""},
		{"show NAME…", 0, "NAME"},
		{"show NAME…", 7, "NAME"},
		{"grant NAME… PERM…", 0, "NAME"},
		{"grant NAME… PERM…", 1, "NAME PERM"},
		{"assign ROLE NAME…", 0, "ROLE"},
		{"assign ROLE NAME…", 2, "NAME"},
		{"rename NAME NEW", 1, "NEW"},
		{"rename NAME NEW", 2, ""},
		{"save [NAME|KIND:NAME…]", 3, "NAME|KIND:NAME"},
		{"can NAME METHOD PATH | NAME PERM", 0, "NAME"},
		{"can NAME METHOD PATH | NAME PERM", 1, "METHOD PERM"},
		{"can NAME METHOD PATH | NAME PERM", 2, "PATH"},
		{"can NAME METHOD PATH | NAME PERM", 3, ""},
		{"who METHOD PATH | PERM", 0, "METHOD PERM"},
	} {
		if got := strings.Join(wordsAt(test.use, test.position), " "); got != test.want {
			t.Errorf("%q at %d: got %q, want %q", test.use, test.position, got, test.want)
		}
	}
}

func TestWithIDs(t *testing.T) {
	t.Parallel()
	const path = "/api/v2/orders/{id}/shipments/{id}"
	for typed, want := range map[string]string{
		"":                                "/api/v2/orders/",
		"/api/v2/ord":                     "/api/v2/orders/",
		"/api/v2/orders/":                 "/api/v2/orders/",
		"/api/v2/orders/5":                "/api/v2/orders/", // may become 57
		"/api/v2/orders/5/":               "/api/v2/orders/5/shipments/",
		"/api/v2/orders/5/shipments/6":    "/api/v2/orders/5/shipments/",
		"/api/v2/orders/5/shipments/6/":   "/api/v2/orders/5/shipments/6",
		"/somewhere/else/entirely/and/on": "/api/v2/orders/and/shipments/",
	} {
		if got := withIDs(path, typed); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}

// TestEveryPositionalHasASource: a word in a Use line that nobody knows would be completed by nothing.
func TestEveryPositionalHasASource(t *testing.T) {
	t.Parallel()
	withoutSource := []string{
		"NEW",                                         // a name that is nobody's yet
		"COMMAND", "TOPIC", "SHELL", "FILE", "FILE|-", // completed by functions of their own, or by the shell
	}
	walk(newRoot(&app.App{}), func(command *cobra.Command) {
		if command.HasSubCommands() {
			return
		}
		for position := range strings.Fields(command.Use) {
			for _, word := range wordsAt(command.Use, position) {
				if wordSources[word] == nil && !slices.Contains(withoutSource, word) {
					t.Errorf("%s: nothing is offered for %q of %q: give it a source in complete.go", command.CommandPath(), word, command.Use)
				}
			}
		}
	})
}

func TestSpecial(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"ci": false, "ann@example.org": false, "a.b_c+d-e": false, "zoë": false, "日本": false, "मीरा": false,
		"a$(reboot)": true, "a`b": true, "a;b": true, "a&b": true, "a|b": true, "a'b": true, `a"b`: true, `a\b`: true,
		"a*": true, "~a": true, "!a": true, "#a": true, "a<b": true, "a{b,c}": true, "a\u200db": true, "a b": true, "a\x1b": true,
	} {
		if got := strings.ContainsFunc(name, special); got != want {
			t.Errorf("%q: got %t, want %t", name, got, want)
		}
	}
}

// TestReferenceIsFresh compares the pages and scripts in the project with the command tree.
func TestReferenceIsFresh(t *testing.T) {
	t.Parallel()
	files, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	const project, remedy = "..", "run 'go generate ./...'"
	for _, name := range slices.Sorted(maps.Keys(files)) {
		content, err := os.ReadFile(filepath.Join(project, filepath.FromSlash(name)))
		if err != nil || string(content) != files[name] {
			t.Errorf("%s is stale (%v): %s", name, err, remedy)
		}
	}
	for _, folder := range ReferenceFolders() {
		entries, err := os.ReadDir(filepath.Join(project, filepath.FromSlash(folder)))
		if err != nil {
			t.Errorf("%v: %s", err, remedy)
		}
		for _, entry := range entries {
			if _, known := files[folder+"/"+entry.Name()]; !known {
				t.Errorf("%s/%s belongs to no command: %s", folder, entry.Name(), remedy)
			}
		}
	}
}

// TestReferenceTellsAll walks the command tree: each command has its two pages, with what its help says.
func TestReferenceTellsAll(t *testing.T) {
	t.Parallel()
	files, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	walk(newRoot(&app.App{}), func(command *cobra.Command) {
		name := manual.Name(command.CommandPath())
		man, page := files["docs/man/"+name+".1"], files["docs/cli/"+name+".md"]
		for _, want := range []string{".SH NAME", ".SH SYNOPSIS", `.SH "EXIT STATUS"`, ".SH \"EXAMPLES\""} {
			if !strings.Contains(man, want) {
				t.Errorf("%s.1 lacks %q", name, want)
			}
		}
		for _, want := range []string{"# " + command.CommandPath(), "## Exit status", "## Examples", "## Flags"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s.md lacks %q", name, want)
			}
		}
		for line := range strings.Lines(command.Example) {
			if !strings.Contains(page, strings.TrimSpace(line)) {
				t.Errorf("%s.md lacks the example %q", name, line)
			}
		}
	})
	again, err := Reference()
	if err != nil || !maps.Equal(files, again) {
		t.Errorf("the reference comes out differently the second time, or not: %v", err)
	}
}

// TestTopicsAreTrue holds the topics against what the program does.
func TestTopicsAreTrue(t *testing.T) {
	t.Parallel()
	for _, format := range ui.Formats() {
		if formatMeanings[format] == "" {
			t.Errorf("the topic output does not explain %s", format)
		}
	}
	described := environmentTopic()
	read := map[string]bool{}
	for _, pattern := range []string{"*.go", "*/*.go", "*/*/*.go", "*/*/*/*.go"} {
		sources, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range sources {
			if strings.HasSuffix(source, "_test.go") || strings.HasPrefix(source, "internal/programs/") { // for tests alone
				continue
			}
			content, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range regexp.MustCompile(`etenv\("(\w+)"\)`).FindAllStringSubmatch(string(content), -1) {
				read[found[1]] = true
			}
		}
	}
	for _, variable := range append(app.Claims(), "LESS", "LATCHKEY_SERVE_…") { // less and the flags of serve are asked by other ways
		read[variable] = true
	}
	for variable := range read {
		if !strings.Contains(described, "  "+variable+" ") {
			t.Errorf("the topic environment does not explain %s", variable)
		}
	}
	for _, row := range environment {
		if !read[row[0]] {
			t.Errorf("the topic environment explains %s, which nothing reads", row[0])
		}
	}
	for _, topic := range topics {
		for line := range strings.Lines(ui.Fill(topic.text(), 110)) {
			if len([]rune(strings.TrimSuffix(line, "\n"))) > 110 {
				t.Errorf("the topic %s has a line that is too long: %q", topic.name, line)
			}
		}
	}
}
