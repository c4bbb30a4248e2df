package cmd_test

import (
	"strings"
	"testing"
)

// TestReadme follows the README as a reader would: every block of commands in order, in one shell. Only the two commands
// that are named first are not executed, but `go run . serve` is what starts the server here, and go test runs this.
func TestReadme(t *testing.T) {
	t.Parallel()
	const first = "```sh\ngo run . serve "
	page := readDocument(t, "README.md")
	before, rest, found := strings.Cut(page, first)
	_, after, ended := strings.Cut(rest, "```\n")
	if !found || !ended || !strings.Contains(rest[:len(rest)-len(after)], "\ngo test ./... ") {
		t.Fatalf("README.md does not name the two commands in one block that begins with %q", first)
	}
	// What a reader has or types is filled in, and the server has an address of its own.
	for _, fill := range [][2]string{
		{`go build -o latchkey . && export PATH="$PWD:$PATH"` + "\n", "latchkey version\n"}, // it is built and found
		{"latchkey token enable ci ", "latchkey token enable ci | tee ci.token "},
		{"--cacert ~/.local/share/latchkey/ca.pem -u ci https://127.0.0.1:8443/", `--cacert "$CA" -u "ci:$(cat ci.token)" $URL/`},
		{"latchkey can ci DELETE /api/v2/orders/5\n", "latchkey can ci DELETE /api/v2/orders/5 || test $? = 3\n"},

		{"latchkey resource import", "printf 'month,total\\n2026-11,42\\n' >reports.csv\nlatchkey resource import"},
	} {
		if strings.Count(after, fill[0]) != 1 {
			t.Errorf("README.md has %q not once", fill[0])
		}
		after = strings.Replace(after, fill[0], fill[1], 1)
	}
	// serve makes an admin with revision 1 on its first start.
	const admin = "```sh\nlatchkey user add admin -q\nlatchkey perm grant admin '*:*' -q\nlatchkey save -q\n```\n"
	if _, err := executePage(t, admin+before+after); err != nil {
		t.Errorf("README.md: %v", err)
	}
}
