package manual_test

import (
	"os/exec"
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
.SH NAME
latchkey\-perm\-grant \- Allow *:view, "now" & <later>
.SH SYNOPSIS
.nf
\fBlatchkey perm grant\fR NAME… PERM…
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

// TestManIsUnderstood has groff read a page, where it is installed.
func TestManIsUnderstood(t *testing.T) {
	t.Parallel()
	groff := programs.Need(t, "groff")
	command := exec.CommandContext(t.Context(), groff, "-man", "-ww", "-z", "-Kutf8", "-Tutf8")
	command.Stdin = strings.NewReader(manual.Man(page))
	if output, err := command.CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("groff complains: %v\n%s", err, output)
	}
}
