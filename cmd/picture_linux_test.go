package cmd_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// pictured are the commands that the picture of the README shows at work.
var pictured = []string{
	`latchkey user add ci --note "the build server" --quiet`,
	`latchkey token enable ci`,
	`latchkey perm grant ci orders:view --quiet`,
	`latchkey diff`,
	`latchkey save -m "let ci read orders"`,
	`latchkey can ci GET /api/v2/orders`,
	`latchkey can ci DELETE /api/v2/orders/5`,
}

// TestPicture executes the commands on a terminal with colours and compares what is seen with the picture in docs. With
// -update it makes the picture.
func TestPicture(t *testing.T) {
	t.Parallel()
	var script strings.Builder
	for _, command := range pictured {
		fmt.Fprintf(&script, "printf '\\033[1m$ %%s\\033[0m\\n' '%s'\n%s || test $? = 3\n", command, command)
	}
	reader := newReader(t)
	reader.variables = []string{"NO_COLOR="}
	reader.initialize(t)
	seen, err := reader.onTerminal(t, script.String())
	if err != nil {
		t.Fatalf("%v: %s", err, seen)
	}
	got, file := picture(t, withoutChance(seen)), filepath.Join(root, "docs", "session.svg")
	if *updatePages {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got != readDocument(t, "docs/session.svg") {
		t.Errorf("docs/session.svg does not show what is seen now; -update makes it anew: %s", seen)
	}
}

// withoutChance replaces what differs from run to run: tokens, fingerprints and hashes.
func withoutChance(seen string) string {
	for _, random := range [][2]string{{`\blk_\w+`, "lk_7fKq2vXr…"}, {`\b[0-9a-f]{12}\b`, "0d4078db47ab"}, {`\b[0-9a-f]{64}\b`, "4be1c07d93fa…"}} {
		seen = regexp.MustCompile(random[0]).ReplaceAllLiteralString(seen, random[1])
	}
	return seen
}

// styled is text of a terminal up to where its style changes: the sequence that sets the style, and the text.
var styled = regexp.MustCompile(`\x1b\[(\d+)m([^\x1b]*)`)

// pictureStyles are the sequences that the program prints, as styles of the picture.
var pictureStyles = map[string]string{"0": "plain", "1": "bold", "2": "faint", "31": "red", "32": "green", "33": "yellow"}

// picture draws what a terminal shows as SVG, with a cell of 8.4 by 19 pixels for each character.
func picture(t *testing.T, seen string) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(seen), "\n")
	var out bytes.Buffer
	fmt.Fprintf(&out, pictureHead, 19*len(lines)+30, 19*len(lines)+30)
	for i, line := range lines {
		column := 0
		for _, part := range styled.FindAllStringSubmatch("\x1b[0m"+line, -1) {
			class, known := pictureStyles[part[1]]
			if !known {
				t.Errorf("the picture has no style %q", part[1])
			}
			if text := strings.Trim(part[2], " "); text != "" {
				indent := len(part[2]) - len(strings.TrimLeft(part[2], " "))
				fmt.Fprintf(&out, `<text class="%s" x="%.1f" y="%d">`, class, 16+8.4*float64(column+indent), 19*i+30)
				_ = xml.EscapeText(&out, []byte(text)) // a buffer takes everything
				out.WriteString("</text>\n")
			}
			column += utf8.RuneCountInString(part[2])
		}
	}
	return out.String() + "</svg>\n"
}

const pictureHead = `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" width="704" height="%d" viewBox="0 0 704 %d" role="img" aria-label="latchkey in a terminal">
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d8dee9; white-space: pre; }
.bold { font-weight: bold; fill: #ffffff; } .faint { fill: #8b95a7; } .red { fill: #ff7b72; } .green { fill: #7ee787; } .yellow { fill: #f2cc60; }
</style>
<rect width="100%%" height="100%%" rx="8" fill="#161b22"/>
`
