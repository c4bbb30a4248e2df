package manual_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/cmd/internal/manual"
	"latchkey/cmd/internal/programs"
)

var page = manual.Page{
	Command: "latchkey perm grant", Short: `Allow *:view, "now" & <later>`,
	Synopsis: []string{"latchkey perm grant NAME… PERM…"},
	Sections: []manual.Section{{Title: "Description", Text: "One line,\n.and a dot.\n\n  kept -- as \\n is\n    'too'\n\n'Last' one_word."}},
	See:      []manual.Link{{Command: "latchkey perm", Short: "Permissions"}, {Command: "latchkey", Short: "All"}},
}

func TestMan(t *testing.T) {
	t.Parallel()
	want := `.TH "LATCHKEY\-PERM\-GRANT" 1 "" latchkey "latchkey manual"
.nh
.ad l
.fchar \[u2013] \-
.fchar \[u2019] \(aq
.fchar \[u2026] ...
.fchar \[u2192] \->
.SH NAME
latchkey\-perm\-grant \- Allow *:view, "now" & <later>
.SH SYNOPSIS
.nf
\fBlatchkey perm grant\fR NAME\[u2026] PERM\[u2026]
.fi
.SH "DESCRIPTION"
One line,
\&.and a dot.
.PP
.nf
  kept \-\- as \en is
    \(aqtoo\(aq
.fi
.PP
\(aqLast\(aq one_word.
.SH SEE ALSO
\fBlatchkey\-perm\fR(1),
\fBlatchkey\fR(1)
`
	if got := manual.Man(page); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	want := `# latchkey perm grant

Allow \*:view, "now" & \<later>.

§
latchkey perm grant NAME… PERM…
§

## Description

One line,
.and a dot.

§
kept -- as \n is
  'too'
§

'Last' one\_word.

## See also

- [latchkey perm](latchkey-perm.md): Permissions
- [latchkey](latchkey.md): All
`
	want = strings.ReplaceAll(want, "§", "```")
	if got := manual.Markdown(page); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// shown is how groff shows pages on a device, in the locale C; it must have nothing to complain about.
func shown(t *testing.T, device, page string, files ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), programs.Need(t, "groff"), append([]string{"-man", "-ww", "-T" + device, "-P-cbou"}, files...)...)
	command.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	command.Stdin = strings.NewReader(page)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err := command.Output()
	if err != nil || complaints.Len() > 0 {
		t.Errorf("groff -T%s complains: %v\n%s", device, err, complaints.String())
	}
	return string(output)
}

// TestManIsUnderstood has groff read a page, where it is installed, for terminals of UTF-8 and of ASCII.
func TestManIsUnderstood(t *testing.T) {
	t.Parallel()
	for device, want := range map[string]string{"utf8": "latchkey perm grant NAME… PERM…", "ascii": "latchkey perm grant NAME... PERM..."} {
		if output := shown(t, device, manual.Man(page)); !strings.Contains(output, want) {
			t.Errorf("groff -T%s: got\n%s\nwant %q in it", device, output, want)
		}
	}
}

// TestEveryPageInTheLocaleC reads all pages as a terminal without UTF-8 shows them: ASCII, and nothing is left out.
func TestEveryPageInTheLocaleC(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../docs/man/*.1")
	if err != nil || len(files) < 50 {
		t.Fatalf("got %d pages: %v", len(files), err)
	}
	output := shown(t, "ascii", "", files...)
	if i := strings.IndexFunc(output, func(char rune) bool { return char > '~' }); i >= 0 {
		t.Errorf("got what is not ASCII: %q", output[max(0, i-200):min(len(output), i+20)])
	}
	if !strings.Contains(output, "grant NAME... PERM...") {
		t.Error("the page of perm grant does not show what repeats")
	}
}
