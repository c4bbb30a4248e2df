package ui_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"latchkey/cmd/internal/ui"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

type access struct {
	Enabled     bool    `json:"enabled"`
	Fingerprint *string `json:"fingerprint"`
}

type record struct {
	Name   string   `json:"name"`
	Note   string   `json:"note"`
	Serial int64    `json:"serial"`
	Access access   `json:"access"`
	Rules  []string `json:"rules"`
}

func example() ui.List {
	fingerprint := "1e3456789012"
	return ui.List{
		Table: ui.Table{
			Columns: []string{"name", "access", "since", "note"},
			Rows: [][]ui.Cell{
				{{Text: "alice"}, {Text: "on", Style: ui.Good}, {Time: now.Add(-2 * time.Hour)}, {Text: "a\tb\x1b[31m", Style: ui.Dim}},
				{{Text: "日本"}, {Text: "off", Style: ui.Bad}, {Time: now.Add(80 * time.Hour)}, {}},
			},
		},
		Values: []any{
			record{"alice", "a\tb\x1b[31m", 1, access{true, &fingerprint}, []string{"allow orders:*", "deny *:delete"}},
			record{"日本", "<no> \u202e", 1 << 60, access{}, []string{}},
		},
		Names: []string{"alice", "日本"},
	}
}

func printList(t *testing.T, p ui.Printer, list ui.List) string {
	t.Helper()
	var out strings.Builder
	p.Out, p.Now = &out, now
	if err := p.List(list); err != nil {
		t.Fatalf("List: got error %v, want none", err)
	}
	return out.String()
}

func TestList(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		printer ui.Printer
		want    string
	}{
		"piped": {ui.Printer{}, "alice\ton\t2026-11-23T10:00:00Z\ta\\tb\\x1b[31m\n日本\toff\t2026-11-26T20:00:00Z\t\n"},
		"piped and colour asked": {ui.Printer{Color: true, Width: 5},
			"alice\ton\t2026-11-23T10:00:00Z\ta\\tb\\x1b[31m\n日本\toff\t2026-11-26T20:00:00Z\t\n"},
		"terminal": {ui.Printer{Terminal: true},
			"NAME   ACCESS  SINCE      NOTE\n" +
				"alice  on      2h ago     a\\tb\\x1b[31m\n" +
				"日本   off     in 3 days\n"},
		"coloured terminal": {ui.Printer{Terminal: true, Color: true},
			"\x1b[2mNAME\x1b[0m   \x1b[2mACCESS\x1b[0m  \x1b[2mSINCE\x1b[0m      \x1b[2mNOTE\x1b[0m\n" +
				"alice  \x1b[32mon\x1b[0m      2h ago     \x1b[2ma\\tb\\x1b[31m\x1b[0m\n" +
				"日本   \x1b[31moff\x1b[0m     in 3 days\n"},
		"name": {ui.Printer{Format: ui.FormatName, Terminal: true}, "alice\n日本\n"},
		"json": {ui.Printer{Format: ui.FormatJSON}, `[
  {
    "name": "alice",
    "note": "a\tb\u001b[31m",
    "serial": 1,
    "access": {
      "enabled": true,
      "fingerprint": "1e3456789012"
    },
    "rules": [
      "allow orders:*",
      "deny *:delete"
    ]
  },
  {
    "name": "日本",
    "note": "<no> \u202e",
    "serial": 1152921504606846976,
    "access": {
      "enabled": false,
      "fingerprint": null
    },
    "rules": []
  }
]
`},
		"jsonl": {ui.Printer{Format: ui.FormatJSONL},
			`{"name":"alice","note":"a\tb\u001b[31m","serial":1,"access":{"enabled":true,"fingerprint":"1e3456789012"},"rules":["allow orders:*","deny *:delete"]}
{"name":"日本","note":"<no> \u202e","serial":1152921504606846976,"access":{"enabled":false,"fingerprint":null},"rules":[]}
`},
		"yaml": {ui.Printer{Format: ui.FormatYAML}, `- name: alice
  note: "a\tb\x1b[31m"
  serial: 1
  access:
    enabled: true
    fingerprint: "1e3456789012"
  rules:
    - allow orders:*
    - deny *:delete
- name: 日本
  note: "<no> \u202e"
  serial: 1152921504606846976
  access:
    enabled: false
    fingerprint: null
  rules: []
`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := printList(t, test.printer, example()); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestListOfNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		printer ui.Printer
		want    string
	}{
		"piped":    {ui.Printer{}, ""},
		"terminal": {ui.Printer{Terminal: true}, ""},
		"name":     {ui.Printer{Format: ui.FormatName}, ""},
		"json":     {ui.Printer{Format: ui.FormatJSON}, "[]\n"},
		"jsonl":    {ui.Printer{Format: ui.FormatJSONL}, ""},
		"yaml":     {ui.Printer{Format: ui.FormatYAML}, "[]\n"},
		"field":    {ui.Printer{Field: "name"}, ""},
	}
	for name, test := range tests {
		list := ui.List{Table: ui.Table{Columns: []string{"name"}}}
		if got := printList(t, test.printer, list); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	object := ui.Object{
		Fields: []ui.Field{
			{"name", ui.Cell{Text: "alice", Style: ui.Strong}},
			{"issued", ui.Cell{Time: now.Add(-90 * time.Second)}},
			{"until", ui.Cell{Time: now.AddDate(1, 0, 0)}},
			{"note", ui.Cell{Text: "two\nlines"}},
		},
		Value: access{Enabled: true},
		Name:  "alice",
	}
	tests := map[string]struct {
		printer ui.Printer
		want    string
	}{
		"piped": {ui.Printer{}, "name\talice\nissued\t2026-11-23T11:58:30Z\nuntil\t2027-11-23T12:00:00Z\nnote\ttwo\\nlines\n"},
		"terminal": {ui.Printer{Terminal: true, Width: 10},
			"name:    alice\nissued:  2026-11-23T11:58:30Z (1m ago)\nuntil:   2027-11-23T12:00:00Z\nnote:    two\\nlines\n"},
		"name":  {ui.Printer{Format: ui.FormatName}, "alice\n"},
		"json":  {ui.Printer{Format: ui.FormatJSON}, "{\n  \"enabled\": true,\n  \"fingerprint\": null\n}\n"},
		"jsonl": {ui.Printer{Format: ui.FormatJSONL}, "{\"enabled\":true,\"fingerprint\":null}\n"},
		"yaml":  {ui.Printer{Format: ui.FormatYAML}, "enabled: true\nfingerprint: null\n"},
		"field": {ui.Printer{Field: "enabled"}, "true\n"},
	}
	for name, test := range tests {
		var out strings.Builder
		test.printer.Out, test.printer.Now = &out, now
		if err := test.printer.Object(object); err != nil {
			t.Errorf("%s: got error %v, want none", name, err)
		}
		if got := out.String(); got != test.want {
			t.Errorf("%s: got:\n%s\nwant:\n%s", name, got, test.want)
		}
	}
}

func TestParseFormat(t *testing.T) {
	t.Parallel()
	for _, name := range append(ui.Formats(), "") {
		if got, err := ui.ParseFormat(name); err != nil || string(got) != name {
			t.Errorf("ParseFormat(%q): got %q, %v, want the same and no error", name, got, err)
		}
	}
	for _, name := range []string{"JSON", "tables", "json ", "xml"} {
		if _, err := ui.ParseFormat(name); !errors.Is(err, ui.ErrFormat) || !strings.Contains(err.Error(), "jsonl") {
			t.Errorf("ParseFormat(%q): got error %v, want ErrFormat and the names", name, err)
		}
	}
	if err := (ui.Printer{Out: io.Discard, Format: "xml"}).List(example()); !errors.Is(err, ui.ErrFormat) {
		t.Errorf("List as xml: got error %v, want ErrFormat", err)
	}
}

func TestNothingIsPrintedOfWhatCannotBeEncoded(t *testing.T) {
	t.Parallel()
	for _, format := range ui.Formats() {
		if format == "name" {
			continue
		}
		var out strings.Builder
		printer := ui.Printer{Out: &out, Format: ui.Format(format)}
		if err := printer.List(ui.List{Values: []any{1, func() {}}}); err == nil || out.Len() > 0 {
			t.Errorf("%s: got error %v and %q, want an error and nothing", format, err, out.String())
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteErrorIsReturned(t *testing.T) {
	t.Parallel()
	printer := ui.Printer{Out: full{}}
	if err := printer.List(example()); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("List: got error %v, want the writer's", err)
	}
	if err := printer.Object(ui.Object{Fields: []ui.Field{{Key: "name"}}}); err == nil {
		t.Error("Object: got no error, want the writer's")
	}
}

func BenchmarkList(b *testing.B) {
	const rows = 10_000
	var list ui.List
	list.Table.Columns = []string{"name", "access", "since", "note"}
	for i := range rows {
		name := fmt.Sprintf("user%05d", i)
		list.Table.Rows = append(list.Table.Rows, []ui.Cell{
			{Text: name}, {Text: "on", Style: ui.Good}, {Time: now}, {Text: "deploys the shop"},
		})
		list.Values = append(list.Values, record{name, "deploys the shop", int64(i), access{Enabled: true}, []string{"allow orders:view"}})
		list.Names = append(list.Names, name)
	}
	for name, printer := range map[string]ui.Printer{
		"tsv":   {},
		"table": {Terminal: true, Color: true, Width: 80},
		"json":  {Format: ui.FormatJSON},
		"jsonl": {Format: ui.FormatJSONL},
		"yaml":  {Format: ui.FormatYAML},
		"field": {Field: "access.enabled"},
	} {
		b.Run(name, func(b *testing.B) {
			printer.Out, printer.Now = io.Discard, now
			b.ReportAllocs()
			for b.Loop() {
				if err := printer.List(list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
