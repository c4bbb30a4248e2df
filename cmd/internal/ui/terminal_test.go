package ui_test

import (
	"os"
	"strings"
	"testing"

	"latchkey/cmd/internal/ui"
)

func TestUseColor(t *testing.T) {
	t.Parallel()
	const unset = "(unset)"
	for _, terminal := range []bool{true, false} {
		for _, flag := range []bool{true, false} {
			for _, noColor := range []string{unset, "", "1", "0", "false"} {
				for _, kind := range []string{unset, "", "dumb", "xterm-256color", "linux"} {
					for _, force := range []string{unset, "1"} {
						env := map[string]string{"NO_COLOR": noColor, "TERM": kind, "CLICOLOR_FORCE": force}
						getenv := func(name string) string { return strings.TrimPrefix(env[name], unset) }
						want := terminal && !flag && (noColor == unset || noColor == "") && (kind == "linux" || kind == "xterm-256color")
						if got := ui.UseColor(terminal, getenv, flag); got != want {
							t.Errorf("terminal %v, --no-color %v, %v: got %v, want %v", terminal, flag, env, got, want)
						}
					}
				}
			}
		}
	}
}

func TestIsTerminal(t *testing.T) {
	t.Parallel()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, stream := range []any{nil, &strings.Builder{}, strings.NewReader(""), null} {
		if ui.IsTerminal(stream) || ui.TerminalWidth(stream) != 0 {
			t.Errorf("%T: got a terminal of %d cells, want none", stream, ui.TerminalWidth(stream))
		}
	}
}
