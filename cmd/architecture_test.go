package cmd_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestArchitectureHasEveryRoom compares the table of packages in docs/architecture.md with the layout.
func TestArchitectureHasEveryRoom(t *testing.T) {
	t.Parallel()
	table := readDocument(t, "docs/architecture.md")
	listed := map[string]int{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\|").FindAllStringSubmatch(table, -1) {
		listed[row[1]]++
	}
	rooms := regexp.MustCompile(`(?m)^([a-z/]+):`).FindAllStringSubmatch(readDocument(t, "cmd/testdata/layout.txt"), -1)
	for _, room := range rooms {
		if room[1] != "docs" && listed[room[1]] != 1 {
			t.Errorf("docs/architecture.md has %d rows for %s, want 1", listed[room[1]], room[1])
		}
		delete(listed, room[1])
	}
	for room := range listed {
		t.Errorf("docs/architecture.md has a row for %s, which is not in the layout", room)
	}
}

// journeys are the paths through the code that docs/architecture.md tells, by their headings.
var journeys = []string{"Rotate a token", "Grant a permission", "Save with a conflict", "GET orders", "PUT users/x/token"}

// TestJourneysNameWhatExists finds the declaration of every function and type in the journeys of docs/architecture.md. They
// are written as package.Function or package.Type.Method, and a journey has at most ten steps.
func TestJourneysNameWhatExists(t *testing.T) {
	t.Parallel()
	page := readDocument(t, "docs/architecture.md")
	for _, journey := range journeys {
		_, text, found := strings.Cut(page, "\n### "+journey+"\n")
		text, _, _ = strings.Cut(text, "\n#")
		steps := regexp.MustCompile(`(?m)^\d+\. `).FindAllString(text, -1)
		names := regexp.MustCompile("`([a-z]+(?:/[a-z]+)*)\\.((?:\\w+\\.)?\\w+)`").FindAllStringSubmatch(text, -1)
		if !found || len(steps) < 3 || len(steps) > 10 || len(names) < len(steps) {
			t.Errorf("%s: got %d steps with %d names, want at most 10 steps with a name each", journey, len(steps), len(names))
		}
		for _, name := range names {
			if !declared(t, name[1], name[2]) {
				t.Errorf("%s: there is no %s in %s", journey, name[2], name[1])
			}
		}
	}
}

// declared reports whether a package declares a function, a type, or a method as Type.Method.
func declared(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, content, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			if names(declaration)[name] {
				return true
			}
		}
	}
	return false
}

// names are those of a function, a method or types.
func names(declaration ast.Decl) map[string]bool {
	all := map[string]bool{}
	switch one := declaration.(type) {
	case *ast.FuncDecl:
		name := one.Name.Name
		if one.Recv != nil {
			receiver := one.Recv.List[0].Type
			if pointer, ok := receiver.(*ast.StarExpr); ok {
				receiver = pointer.X
			}
			if of, ok := receiver.(*ast.Ident); ok {
				name = of.Name + "." + name
			}
		}
		all[name] = true
	case *ast.GenDecl:
		for _, spec := range one.Specs {
			if kind, ok := spec.(*ast.TypeSpec); ok {
				all[kind.Name.Name] = true
			}
		}
	}
	return all
}
