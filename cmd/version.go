package cmd

import (
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
)

// version is set at release builds with -ldflags "-X latchkey/cmd.version=…".
var version = ""

func newVersion(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: app.NoArguments,
		Example: app.TrimExample(`
  latchkey version
  latchkey version --field version`),
		Annotations: app.ExitList(),
		RunE: func(*cobra.Command, []string) error {
			printer, err := a.Printer()
			if err != nil {
				return err
			}
			shape := versionShape{Version: releaseVersion(), Go: runtime.Version(), Schema: schemaVersion()}
			return printer.Object(ui.Object{Name: shape.Version, Value: shape, Fields: []ui.Field{
				{Key: "version", Value: ui.Cell{Text: shape.Version, Style: ui.Strong}},
				{Key: "go", Value: ui.Cell{Text: shape.Go}},
				{Key: "schema", Value: ui.Cell{Text: strconv.Itoa(shape.Schema)}},
			}})
		},
	}
}

// releaseVersion is the version this binary was built as; "devel" where nobody said.
func releaseVersion() string {
	if version != "" {
		return version
	}
	if build, ok := debug.ReadBuildInfo(); ok && build.Main.Version != "" && build.Main.Version != "(devel)" {
		return build.Main.Version
	}
	return "devel"
}

// versionShape is what `version` prints: a contract, docs/json.md.
type versionShape struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	Schema  int    `json:"schema"`
}
