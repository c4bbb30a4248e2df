package ui_test

import (
	"strings"
	"testing"

	"latchkey/cmd/internal/ui"
)

// TestLines: however a text is divided, its lines stay lines and nothing else does anything.
func TestLines(t *testing.T) {
	t.Parallel()
	const text, want = "a\x1b[2J\tb\n\n\u202eé日本\r\nend\u200b", `a\x1b[2J\tb` + "\n\n" + `\u202eé日本\r` + "\n" + `end\u200b`
	for size := 1; size <= len(text); size++ {
		var out strings.Builder
		lines := &ui.Lines{Out: &out}
		for rest := text; rest != ""; rest = rest[min(size, len(rest)):] {
			if n, err := lines.Write([]byte(rest[:min(size, len(rest))])); n != min(size, len(rest)) || err != nil {
				t.Fatalf("got %d, %v", n, err)
			}
		}
		if err := lines.Close(); err != nil || out.String() != want {
			t.Errorf("in pieces of %d: got %q, %v; want %q", size, out.String(), err, want)
		}
	}
}
