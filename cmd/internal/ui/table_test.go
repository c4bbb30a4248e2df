package ui_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/cmd/internal/ui"
)

func TestRelativeTimes(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	tests := []struct {
		distance time.Duration
		want     string
	}{
		{0, "now"},
		{999 * time.Millisecond, "now"},
		{-999 * time.Millisecond, "now"},
		{time.Second, "in 1s"},
		{-59 * time.Second, "59s ago"},
		{time.Minute, "in 1m"},
		{-time.Hour + time.Second, "59m ago"},
		{-2 * time.Hour, "2h ago"},
		{day - 2*time.Second, "in 24h"},
		{time.Hour - time.Second, "in 1h"},
		{time.Minute - 400*time.Millisecond, "in 1m"},
		{90 * time.Second, "in 2m"},
		{47*time.Hour + 20*time.Minute, "in 47h"},
		{2*day - time.Second, "in 2 days"},
		{-day + 2*time.Second, "23h ago"},
		{2 * day, "in 2 days"},
		{4*day - time.Second, "in 4 days"},
		{-60*day + time.Second, "59 days ago"},
		{60 * day, "2027-01-22"},
		{-60 * day, "2026-09-24"},
	}
	for _, test := range tests {
		row := []ui.Cell{{Time: now.Add(test.distance).In(time.FixedZone("east", 7200))}}
		got := printList(t, ui.Printer{Terminal: true}, ui.List{Table: ui.Table{Rows: [][]ui.Cell{row}}})
		if got != test.want+"\n" {
			t.Errorf("%v: got %q, want %q", test.distance, got, test.want)
		}
	}
	var out strings.Builder
	row := []ui.Cell{{Time: now.In(time.FixedZone("east", 7200))}}
	if err := (ui.Printer{Out: &out, Terminal: true}).List(ui.List{Table: ui.Table{Rows: [][]ui.Cell{row}}}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "2026-11-23T12:00:00Z\n"; got != want {
		t.Errorf("without a now: got %q, want %q", got, want)
	}
}

func TestTableWidth(t *testing.T) {
	t.Parallel()
	table := ui.Table{
		Columns:  []string{"name", "note", "token"},
		Rows:     [][]ui.Cell{{{Text: "alice"}, {Text: "deploys 日本語 and more"}, {Text: "0123456789ab"}}, {{Text: "bob"}, {}, {Text: "-"}}},
		Flexible: []string{"note"},
	}
	fixed := table
	fixed.Flexible = nil
	whole := "NAME   NOTE                     TOKEN\nalice  deploys 日本語 and more  0123456789ab\nbob                             -\n"
	tests := map[string]struct {
		table ui.Table
		width int
		want  string
	}{
		"unknown":     {table, 0, whole},
		"fits":        {table, 44, whole},
		"one cell":    {table, 43, "NAME   NOTE                    TOKEN\nalice  deploys 日本語 and mo…  0123456789ab\nbob                            -\n"},
		"wide cut":    {table, 33, "NAME   NOTE          TOKEN\nalice  deploys 日…   0123456789ab\nbob                  -\n"},
		"too narrow":  {table, 10, "NAME   NOTE      TOKEN\nalice  deploys…  0123456789ab\nbob              -\n"},
		"not allowed": {fixed, 10, whole},
	}
	for name, test := range tests {
		got := printList(t, ui.Printer{Terminal: true, Width: test.width}, ui.List{Table: test.table})
		if got != test.want {
			t.Errorf("%s: got:\n%s\nwant:\n%s", name, got, test.want)
		}
	}
}

// TestNarrowTables: columns in which nothing stands go first, then the widest that may be shortened.
func TestNarrowTables(t *testing.T) {
	t.Parallel()
	table := ui.Table{
		Columns:  []string{"name", "used", "path", "title"},
		Rows:     [][]ui.Cell{{{Text: "alice"}, {}, {Text: "/a/path/that/is/long"}, {Text: "a short title"}}},
		Flexible: []string{"path", "title"},
	}
	for width, want := range map[int]string{
		48: "NAME   USED  PATH                  TITLE\nalice        /a/path/that/is/long  a short title\n",
		47: "NAME   PATH                  TITLE\nalice  /a/path/that/is/long  a short title\n",
		40: "NAME   PATH                TITLE\nalice  /a/path/that/is/l…  a short title\n",
		33: "NAME   PATH          TITLE\nalice  /a/path/tha…  a short tit…\n",
		20: "NAME   PATH      TITLE\nalice  /a/path…  a short…\n",
	} {
		if got := printList(t, ui.Printer{Terminal: true, Width: width}, ui.List{Table: table}); got != want {
			t.Errorf("%d cells: got\n%s\nwant\n%s", width, got, want)
		}
	}
}

// TestWrappedValues: a long value goes on below itself, between words; a long word stays whole.
func TestWrappedValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value string
		width int
		want  string
	}{
		{"one two three four five six", 30, "note:  one two three four five\n       six\n"},
		{"日本語 日本語 日本語 日本語", 30, "note:  日本語 日本語 日本語\n       日本語\n"},
		{"/a/path-that/nobody-may/break/in-two", 30, "note:  /a/path-that/nobody-may/break/in-two\n"},
		{"see /a/path-that/nobody-may/break/in-two at once", 30, "note:  see\n       /a/path-that/nobody-may/break/in-two\n       at once\n"},
		{"two  blanks and a backslash\nnewline", 80, "note:  two  blanks and a backslash\\nnewline\n"},
		{"one two three four five six", 0, "note:  one two three four five six\n"},
		{"one two three four five six", 12, "note:  one two three four five six\n"}, // a column of words is no help
	} {
		var out strings.Builder
		object := ui.Object{Fields: []ui.Field{{Key: "note", Value: ui.Cell{Text: test.value}}}}
		if err := (ui.Printer{Out: &out, Terminal: true, Width: test.width}).Object(object); err != nil || out.String() != test.want {
			t.Errorf("%q in %d cells: got %v and\n%s\nwant\n%s", test.value, test.width, err, out.String(), test.want)
		}
	}
}

// TestFill: paragraphs are filled, what is indented keeps its lines, and the last of its columns goes on below itself.
func TestFill(t *testing.T) {
	t.Parallel()
	const text = "One line that was\nbroken somewhere else.\n\n  -a, --all value   what there is to say of it\n      --bare        short\n  no columns in this line, which is for copying\n"
	const want = "One line that was broken somewhere else.\n\n" +
		"  -a, --all value   what there is to say\n                    of it\n      --bare        short\n  no columns in this line, which is for copying"
	if got := ui.Fill(text, 41); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestBriefCells: what is brief on a terminal is whole for programs.
func TestBriefCells(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		terminal bool
		want     string
	}{{true, "0123…\n"}, {false, "0123456789\n"}} {
		list := ui.List{Table: ui.Table{Rows: [][]ui.Cell{{{Text: "0123456789", Brief: "0123…"}}}}}
		if got := printList(t, ui.Printer{Terminal: test.terminal}, list); got != test.want {
			t.Errorf("on a terminal: %v: got %q, want %q", test.terminal, got, test.want)
		}
	}
}

func TestRaggedRows(t *testing.T) {
	t.Parallel()
	table := ui.Table{Columns: []string{"a"}, Rows: [][]ui.Cell{{}, {{Text: "1"}, {Text: "2"}}}}
	if got, want := printList(t, ui.Printer{Terminal: true}, ui.List{Table: table}), "A\n\n1  2\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPaint(t *testing.T) {
	t.Parallel()
	tests := map[ui.Style]string{
		ui.Plain: "+ x", ui.Good: "\x1b[32m+ x\x1b[0m", ui.Bad: "\x1b[31m+ x\x1b[0m", ui.Warn: "\x1b[33m+ x\x1b[0m",
		ui.Dim: "\x1b[2m+ x\x1b[0m", ui.Strong: "\x1b[1m+ x\x1b[0m", ui.Added: "\x1b[32m+ x\x1b[0m", ui.Removed: "\x1b[31m+ x\x1b[0m",
		ui.Style(99): "+ x",
	}
	for style, want := range tests {
		if got := style.Paint("+ x", true); got != want {
			t.Errorf("style %d: got %q, want %q", style, got, want)
		}
		if got := style.Paint("+ x", false); got != "+ x" {
			t.Errorf("style %d without colour: got %q, want the text", style, got)
		}
	}
	if got := ui.Good.Paint("", true); got != "" {
		t.Errorf("no text: got %q, want none", got)
	}
}
