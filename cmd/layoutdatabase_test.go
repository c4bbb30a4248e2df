package cmd_test

import (
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wired are the files of this package that know the database: the wiring, and the table of hints.
var wired = []string{"cmd/exits.go", "cmd/panel.go", "cmd/serve.go"}

func isDatabase(folder string) bool { return folder == "db" || strings.HasPrefix(folder, "db/") }

// TestCommandsSeeNoDatabase: what a command knows it has from the control panel, which may be on another machine one day. Only
// maintain and serve look after files. No other package of commands comes to the database by what it imports.
func TestCommandsSeeNoDatabase(t *testing.T) {
	t.Parallel()
	imports := map[string][]string{}
	for _, p := range listPackages(t) {
		for _, imported := range p.Imports {
			if ours, isOurs := strings.CutPrefix(imported, module+"/"); isOurs {
				imports[p.folder()] = append(imports[p.folder()], ours)
			}
		}
	}
	for _, noun := range rooms(t)["EACH-NOUN"] {
		if noun == "cmd/maintain" {
			continue
		}
		if way := wayToDatabase(imports, []string{noun}); way != nil {
			t.Errorf("%s", strings.Join(way, " imports "))
		}
	}
}

// wayToDatabase leads from the last package of a way to the database; nil where nothing does.
func wayToDatabase(imports map[string][]string, way []string) []string {
	last := way[len(way)-1]
	if isDatabase(last) {
		return way
	}
	for _, next := range imports[last] {
		if found := wayToDatabase(imports, append(slices.Clone(way), next)); found != nil {
			return found
		}
	}
	return nil
}

// TestDatabaseIsWiredInOnePlace: in this package, too, a file without need knows no database.
func TestDatabaseIsWiredInOnePlace(t *testing.T) {
	t.Parallel()
	for file, parsed := range programFiles(t, token.NewFileSet()) {
		if path.Dir(file) != "cmd" || slices.Contains(wired, file) {
			continue
		}
		for _, one := range parsed.Imports {
			imported, err := strconv.Unquote(one.Path.Value)
			if ours, isOurs := strings.CutPrefix(imported, module+"/"); err != nil || isOurs && isDatabase(ours) {
				t.Errorf("%s imports %s, which only %q may", file, imported, wired)
			}
		}
	}
}
