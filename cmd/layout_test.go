package cmd_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	module          = "latchkey"
	root            = ".." // the module's folder, seen from this package
	maxFileLines    = 250
	maxFunctionBody = 40
	maxPackageFiles = 25
	maxTypeMethods  = 40
)

// rooms is the table of testdata/layout.txt: what each package may import of ours. A word in capitals is a list of its own.
func rooms(t *testing.T) map[string][]string {
	t.Helper()
	content, err := os.ReadFile("testdata/layout.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][]string{}
	for line := range strings.Lines(string(content)) {
		line, _, _ = strings.Cut(line, "#")
		if name, list, found := strings.Cut(line, ":"); found {
			for _, word := range strings.Fields(list) {
				if words, isList := table[word]; isList && word == strings.ToUpper(word) {
					table[name] = append(table[name], words...)
				} else {
					table[name] = append(table[name], word)
				}
			}
			table[name] = append(table[name], table["LEAF"]...)
		}
	}
	return table
}

// noIO are the packages that only compute, and impure what they therefore may not import (nor anything below it).
var (
	noIO   = []string{"perms", "perms/httpfield", "perms/verifiedtime", "tokens"}
	impure = []string{"crypto/rand", "database", "embed", "golang.org/x/sys", "io/fs", "io/ioutil", "log", "net", "os", "syscall", "unsafe"}
	// pure are exceptions to impure: values and interfaces alone.
	pure = []string{"log/slog", "net/url"}
)

// places are the packages that may use a library; whoever replaces the library looks there alone. Tests are free.
var places = map[string][]string{
	"github.com/charmbracelet/": {"cmd/internal/ui"},
	"github.com/muesli/":        {"cmd/internal/ui"},
	"github.com/spf13/":         {"cmd", "cmd/internal/app", "cmd/draft", "cmd/history", "cmd/maintain", "cmd/perm", "cmd/query", "cmd/resource", "cmd/setting", "cmd/token", "cmd/user"},
	"golang.org/x/sys/":         {"db/internal/sqlite", "cmd/serve/listen"},
	"golang.org/x/term":         {"cmd/internal/ui"},
	"golang.org/x/text/":        {"perms/username"},
	"modernc.org/":              {"db/internal/sqlite"},
}

// longFunctions are functions that may be longer than maxFunctionBody, as "file:name", each with its reason.
var longFunctions = map[string]string{}

// Packages and types that are still too large: what each may have until it is divided. The numbers only go down.
var (
	largePackages = map[string]int{}
	largeTypes    = map[string]int{}
)

var emptyNames = regexp.MustCompile(`(^|[_/])(util|helper|manager|common|shared)s?([_/.]|$)`)

// goPackage is what the tests need of 'go list -json'.
type goPackage struct {
	ImportPath   string
	Name         string
	Doc          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// folder is the package's path within the module, "." for main.
func (p goPackage) folder() string {
	if p.ImportPath == module {
		return "."
	}
	return strings.TrimPrefix(p.ImportPath, module+"/")
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Name,Doc,GoFiles,Imports,TestImports,XTestImports", "./...")
	command.Dir = root
	var complaints strings.Builder
	command.Stderr = &complaints
	output, err := command.Output()
	if err != nil {
		t.Fatalf("listing packages: %v\n%s", err, complaints.String())
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var one goPackage
		switch err := decoder.Decode(&one); {
		case errors.Is(err, io.EOF):
			return packages
		case err != nil:
			t.Fatalf("reading the list of packages: %v", err)
		}
		packages = append(packages, one)
	}
}

// goFiles returns the paths of all Go files of the module, slash-separated and relative to its folder.
func goFiles(t *testing.T) []string {
	t.Helper()
	return filesOfTree(t, func(name string) bool { return path.Ext(name) == ".go" })
}

// filesOfTree walks the module, leaving out hidden folders.
func filesOfTree(t *testing.T, want func(name string) bool) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case !entry.IsDir() && want(name):
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("walking the module: %v", err)
	}
	return files
}

// TestImportsRunOneWay holds the import rule and, with it, which packages exist.
func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	table := rooms(t)
	for _, p := range listPackages(t) {
		allowed, known := table[p.folder()]
		if !known {
			t.Errorf("package %s is not in the layout", p.ImportPath)
			continue
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			if isOurs && ours != p.folder() && !slices.Contains(allowed, ours) {
				t.Errorf("package %s imports %s; it may import of ours: %q", p.folder(), ours, allowed)
			}
		}
	}
}

// TestDependenciesHaveTheirPlace: each library is used where places says, in one package as a rule.
func TestDependenciesHaveTheirPlace(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		for _, imported := range p.Imports {
			if allowed, isLibrary := placesOf(imported); isLibrary && !slices.Contains(allowed, p.folder()) {
				t.Errorf("package %s imports %s, whose place is %q", p.folder(), imported, allowed)
			}
		}
	}
}

// placesOf tells where a library may be used; nil where no place was given to it.
func placesOf(imported string) (allowed []string, isLibrary bool) {
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return nil, false // the standard library's, or ours
	}
	for prefix, allowed := range places {
		if strings.HasPrefix(imported, prefix) {
			return allowed, true
		}
	}
	return nil, true
}

// TestRulesDoNoIO: tokens and perms are rules alone. What they need from outside is passed in.
func TestRulesDoNoIO(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		if !slices.Contains(noIO, p.folder()) {
			continue
		}
		for _, imported := range p.Imports {
			forbidden := slices.ContainsFunc(impure, func(prefix string) bool {
				return imported == prefix || strings.HasPrefix(imported, prefix+"/")
			})
			if forbidden && !slices.Contains(pure, imported) {
				t.Errorf("package %s imports %s: pass in what it needs", p.folder(), imported)
			}
		}
	}
}

// TestGoFoldersAtTheTop: no Go code at the top level beside the layout's.
func TestGoFoldersAtTheTop(t *testing.T) {
	t.Parallel()
	allowed := []string{"main.go", "cmd", "db", "docs", "perms", "tokens"}
	for _, file := range goFiles(t) {
		if top, _, _ := strings.Cut(file, "/"); !slices.Contains(allowed, top) {
			t.Errorf("%s: Go code at the top level belongs in one of %q", file, allowed)
		}
	}
}

// TestPackagesAreDescribed: every package says what it is.
func TestPackagesAreDescribed(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("package %s has no package comment", p.folder())
		}
	}
}

// TestNamesSayWhatTheyHold: a name like "helper" says only that nobody found the place.
func TestNamesSayWhatTheyHold(t *testing.T) {
	t.Parallel()
	for _, file := range goFiles(t) {
		if word := emptyNames.FindString(file); word != "" {
			t.Errorf("%s: %q does not say what it holds", file, strings.Trim(word, "_/."))
		}
	}
}

// TestPackagesAndTypesAreSmall counts the files of every package and the methods of every type, those of tests aside.
func TestPackagesAndTypesAreSmall(t *testing.T) {
	t.Parallel()
	files, methods := map[string]int{}, map[string]int{}
	for file, parsed := range programFiles(t, token.NewFileSet()) {
		folder := path.Dir(file)
		files[folder]++
		for _, declaration := range parsed.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv != nil {
				methods[folder+"."+receiverOf(function)]++
			}
		}
	}
	checkSizes(t, "files", files, maxPackageFiles, largePackages)
	checkSizes(t, "methods", methods, maxTypeMethods, largeTypes)
}

// checkSizes compares what was counted with the limit, or with what a large one still may have.
func checkSizes(t *testing.T, what string, counted map[string]int, limit int, large map[string]int) {
	t.Helper()
	for name, count := range counted {
		if count > max(limit, large[name]) {
			t.Errorf("%s has %d %s, want at most %d", name, count, what, max(limit, large[name]))
		}
	}
	for name := range large {
		if counted[name] <= limit {
			t.Errorf("%s has only %d %s: strike it from the list of large ones", name, counted[name], what)
		}
	}
}

// receiverOf is the name of the type that a method belongs to.
func receiverOf(method *ast.FuncDecl) string {
	receiver := method.Recv.List[0].Type
	for {
		switch inner := receiver.(type) {
		case *ast.StarExpr:
			receiver = inner.X
		case *ast.IndexExpr:
			receiver = inner.X
		case *ast.IndexListExpr:
			receiver = inner.X
		case *ast.Ident:
			return inner.Name
		default:
			return ""
		}
	}
}

// programFiles parses all Go files that are not tests, by their paths.
func programFiles(t *testing.T, positions *token.FileSet) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") || strings.Contains(file, "testdata/") {
			continue
		}
		parsed, err := parser.ParseFile(positions, filepath.Join(root, file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("parsing %s: %v", file, err)
			continue
		}
		files[file] = parsed
	}
	return files
}

// TestFilesAndFunctionsAreShort counts the lines of every file and function body that is not a test.
func TestFilesAndFunctionsAreShort(t *testing.T) {
	t.Parallel()
	positions := token.NewFileSet()
	for file, parsed := range programFiles(t, positions) {
		if lines := positions.File(parsed.Pos()).LineCount(); lines > maxFileLines {
			t.Errorf("%s has %d lines, want at most %d", file, lines, maxFileLines)
		}
		for _, declaration := range parsed.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || function.Body == nil || longFunctions[file+":"+function.Name.Name] != "" {
				continue
			}
			body := positions.Position(function.Body.Rbrace).Line - positions.Position(function.Body.Lbrace).Line - 1
			if body > maxFunctionBody {
				t.Errorf("%s: function %s has %d lines, want at most %d", file, function.Name.Name, body, maxFunctionBody)
			}
		}
	}
}
