package cmd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	testName     = regexp.MustCompile(`\b(?:(?:Test|Fuzz|Benchmark)[A-Z]\w*|[\w-]+\.txtar)\b`)
	requirement  = regexp.MustCompile(`(?m)^\| ([A-Z]\d+) \|.*\| ([^|]*) \|$`)
)

// requirementNumbers is how many requirements each letter has: T1 to T5 and so on.
var requirementNumbers = map[string]int{"T": 5, "H": 14, "D": 12, "R": 5, "C": 4, "S": 1}

// TestNamedTestsExist: a test that the documents call the proof of something exists.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	known := testsOfTree(t)
	for _, document := range []string{"docs/requirements.md", "docs/threats.md"} {
		for _, name := range testName.FindAllString(readDocument(t, document), -1) {
			if !known[name] {
				t.Errorf("%s names the test %s, which does not exist", document, name)
			}
		}
	}
}

// TestEveryRequirementIsListed: docs/requirements.md has each number once, with a test, a step of .ci/run, or "open".
func TestEveryRequirementIsListed(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, row := range requirement.FindAllStringSubmatch(readDocument(t, "docs/requirements.md"), -1) {
		number, heldBy := row[1], row[2]
		seen[number]++
		if !testName.MatchString(heldBy) && !strings.Contains(heldBy, "open") && !strings.Contains(heldBy, ".ci/run") {
			t.Errorf("%s: held by %q, want a test, .ci/run or open", number, heldBy)
		}
	}
	for letter, count := range requirementNumbers {
		for n := 1; n <= count; n++ {
			number := fmt.Sprintf("%s%d", letter, n)
			if seen[number] != 1 {
				t.Errorf("%s: got %d rows, want 1", number, seen[number])
			}
			delete(seen, number)
		}
	}
	for number := range seen {
		t.Errorf("%s: no requirement has this number", number)
	}
}

// TestDependenciesAreRecorded: each direct dependency has its reason in docs/decisions (S1).
func TestDependenciesAreRecorded(t *testing.T) {
	t.Parallel()
	command := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	command.Dir = root
	output, err := command.Output()
	if err != nil {
		t.Fatalf("reading go.mod: %v", err)
	}
	var file struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(output, &file); err != nil {
		t.Fatalf("reading go.mod: %v", err)
	}
	record := readDocument(t, "docs/decisions/0001-dependencies.md")
	for _, dependency := range file.Require {
		if !dependency.Indirect && !strings.Contains(record, "`"+dependency.Path+"`") {
			t.Errorf("docs/decisions/0001-dependencies.md does not give the reason for %s", dependency.Path)
		}
	}
}

// TestDocumentLinksResolve: a link from one document to a file of the project leads somewhere.
func TestDocumentLinksResolve(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	for _, document := range filesOfTree(t, func(name string) bool { return path.Ext(name) == ".md" }) {
		for _, found := range link.FindAllStringSubmatch(readDocument(t, document), -1) {
			target := path.Join(path.Dir(document), found[1])
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s: %v", document, found[1], err)
			}
		}
	}
}

// testsOfTree returns the names of all tests, fuzz targets, benchmarks and scripts.
func testsOfTree(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	isTest := func(name string) bool { return strings.HasSuffix(name, "_test.go") || path.Ext(name) == ".txtar" }
	for _, file := range filesOfTree(t, isTest) {
		names[path.Base(file)] = true
		for _, function := range testFunction.FindAllStringSubmatch(readDocument(t, file), -1) {
			names[function[1]] = true
		}
	}
	return names
}

func readDocument(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
