package ui_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"latchkey/cmd/internal/ui"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"", ""},
		{"alice", "alice"},
		{"Ünïcode 日本 🙂 e\u0301", "Ünïcode 日本 🙂 e\u0301"},
		{"a\tb\nc\rd", `a\tb\nc\rd`},
		{"\x1b[2J\x00\x07\x7f", `\x1b[2J\x00\x07\x7f`},
		{"\u0085\u009b31m", `\u0085\u009b31m`},
		{"a\x80b\xff\xed\xa0\x80", `a\x80b\xff\xed\xa0\x80`},
		{"\ufffd", "\ufffd"},
		{"\u202eevil\u2066\u2069\u061c", `\u202eevil\u2066\u2069\u061c`},
		{"a\u200bb\u200d\u2060\ufeff\u00ad\u180e\u034f\u115f\u3164", `a\u200bb\u200d\u2060\ufeff\u00ad\u180e\u034f\u115f\u3164`},
		{"\u2028\u2029", `\u2028\u2029`},
		{"\ufe0f\U000e0041\U000e0100\ue000", `\ufe0f\U000e0041\U000e0100\ue000`},
		{`C:\new\x1b`, `C:\new\x1b`},
		{`dom\user`, `dom\user`},
	}
	for _, test := range tests {
		if got := ui.Escape(test.in); got != test.want {
			t.Errorf("Escape(%q): got %q, want %q", test.in, got, test.want)
		}
	}
}

// dangerous is written from the categories themselves, so that it does not repeat Escape's own predicate.
func dangerous(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Bidi_Control,
		unicode.Join_Control, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func seeds(f *testing.F) {
	for _, s := range []string{
		"alice", "a\tb\nc", "\x1b]0;x\a", "\u202ex\u200b", "\xff\xc3", `\x1b\n`, "yes", "1e3", "null", "~", "- a", "? a",
		"a: b", "a #", "12:30:45", ".nan", "\U000e0041", "é日本🙂", "\"'\\", " x ", "<b>&", "...", "a:", "0x1f", "\u2028",
	} {
		f.Add(s)
	}
}

func FuzzEscape(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		got := ui.Escape(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, dangerous) {
			t.Errorf("Escape(%q): got %q, want only visible UTF-8", s, got)
		}
		if again := ui.Escape(got); again != got {
			t.Errorf("Escape twice of %q: got %q, want %q", s, again, got)
		}
		if len(got) == len(s) && got != s {
			t.Errorf("Escape(%q): got %q, want what is visible to stay", s, got)
		}
	})
}

// FuzzFormats: whatever the data, no format shows a dangerous character, and JSON and YAML say what was put in.
func FuzzFormats(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		value := map[string]any{s: s, "list": []any{s, []any{s, map[string]any{}}, []any{}}}
		list := ui.List{
			Table:  ui.Table{Columns: []string{"x", "y"}, Rows: [][]ui.Cell{{{Text: s}, {Text: s}}}, Flexible: []string{"y"}},
			Values: []any{value}, Names: []string{s},
		}
		outputs := map[string]string{
			"tsv":   printList(t, ui.Printer{}, list),
			"table": printList(t, ui.Printer{Terminal: true, Width: 20}, list),
			"field": printList(t, ui.Printer{Field: "list"}, list),
		}
		for _, format := range ui.Formats() {
			if format == string(ui.FormatTable) {
				continue // that is what Terminal asks for
			}
			outputs[format] = printList(t, ui.Printer{Format: ui.Format(format)}, list)
		}
		for format, text := range outputs {
			text = strings.ReplaceAll(text, "\n", "")
			if format == "tsv" {
				text = strings.ReplaceAll(text, "\t", "")
			}
			if !utf8.ValidString(text) || strings.ContainsFunc(text, dangerous) {
				t.Errorf("%s of %q: got %q, want only visible UTF-8", format, s, text)
			}
		}
		readsBack(t, outputs, value)
	})
}

func readsBack(t *testing.T, outputs map[string]string, value any) {
	t.Helper()
	plain, err := json.Marshal([]any{value})
	if err != nil {
		t.Fatal(err)
	}
	var want, fromJSON, fromYAML any
	if err := json.Unmarshal(plain, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(outputs["json"]), &fromJSON); err != nil || !reflect.DeepEqual(fromJSON, want) {
		t.Errorf("json: got %#v, %v, want %#v", fromJSON, err, want)
	}
	if err := yaml.Unmarshal([]byte(outputs["yaml"]), &fromYAML); err != nil || !reflect.DeepEqual(fromYAML, want) {
		t.Errorf("yaml: got %#v, %v, want %#v, from\n%s", fromYAML, err, want, outputs["yaml"])
	}
}

func TestYAMLQuotesWhatCouldBeMisread(t *testing.T) {
	t.Parallel()
	quoted := []string{
		"", " ", "yes", "No", "y", "ON", "off", "true", "FALSE", "null", "~", "NaN", ".nan", ".inf", "1", "-1", "+1", "0x1f",
		"0o17", "1e3", "1_000", "12:30:45", "2026-01-01", "2026-01-01T00:00:00Z", "<<", "=", "- a", "-", "? a", "a: b",
		"a:", "a #b", "#a", "*:view", "&a", "!a", "|", ">", "%a", "@a", "`a", "[a", "{a", "a,b", "'a'", `"a"`, `a\b`, "a ", " a", "---", "...",
	}
	for _, s := range quoted {
		got := printList(t, ui.Printer{Format: ui.FormatYAML}, ui.List{Values: []any{s}})
		if !strings.HasPrefix(got, `- "`) {
			t.Errorf("%q: got %s want it quoted", s, got)
		}
	}
	for _, s := range []string{"alice", "orders:view", "orders:*", "allow orders:view", "os:ann", "é日本", "v1.2.3", "a@b.example"} {
		got := printList(t, ui.Printer{Format: ui.FormatYAML}, ui.List{Values: []any{s}})
		if got != "- "+s+"\n" {
			t.Errorf("%q: got %s want it bare", s, got)
		}
	}
}
