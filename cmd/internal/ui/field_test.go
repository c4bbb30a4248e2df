package ui_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"latchkey/cmd/internal/ui"
)

func TestField(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"name":               "alice\n日本\n",
		"note":               `a\tb\x1b[31m` + "\n" + `<no> \u202e` + "\n",
		"serial":             "1\n1152921504606846976\n",
		"access":             `{"enabled":true,"fingerprint":"1e3456789012"}` + "\n" + `{"enabled":false,"fingerprint":null}` + "\n",
		"access.enabled":     "true\nfalse\n",
		"access.fingerprint": "1e3456789012\n\n",
		"rules":              `["allow orders:*","deny *:delete"]` + "\n[]\n",
	}
	for field, want := range tests {
		for _, printer := range []ui.Printer{{Field: field}, {Field: field, Terminal: true, Color: true}, {Field: field, Format: ui.FormatName}} {
			if got := printList(t, printer, example()); got != want {
				t.Errorf("%s: got %q, want %q", field, got, want)
			}
		}
	}
}

func TestFieldOfSomeValues(t *testing.T) {
	t.Parallel()
	values := []any{map[string]any{"a": nil}, map[string]any{"a": map[string]any{"b": 1}}, map[string]any{}}
	if got, want := printList(t, ui.Printer{Field: "a.b"}, ui.List{Values: values}), "\n1\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnknownField(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"nmae", "access.on", "name.first", "rules.0", ".", "access."} {
		var out strings.Builder
		err := (ui.Printer{Out: &out, Field: field}).List(example())
		if !errors.Is(err, ui.ErrField) || out.Len() > 0 {
			t.Errorf("%s: got error %v and %q, want ErrField and nothing", field, err, out.String())
			continue
		}
		if want := "access, access.enabled, access.fingerprint, name, note, rules, serial"; !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got error %v, want the fields %s", field, err, want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		printer ui.Printer
		record  any
		ok      bool
	}{
		"no field":              {ui.Printer{Format: ui.FormatJSON}, record{}, true},
		"known":                 {ui.Printer{Field: "access.enabled"}, record{}, true},
		"known, as name":        {ui.Printer{Field: "name", Format: ui.FormatName}, record{}, true},
		"no record":             {ui.Printer{Field: "anything"}, nil, true},
		"unknown":               {ui.Printer{Field: "nmae"}, record{}, false},
		"with json":             {ui.Printer{Field: "name", Format: ui.FormatJSON}, record{}, false},
		"with yaml, no record":  {ui.Printer{Field: "name", Format: ui.FormatYAML}, nil, false},
		"with jsonl, no record": {ui.Printer{Field: "name", Format: ui.FormatJSONL}, nil, false},
	}
	for name, test := range tests {
		err := test.printer.Check(test.record)
		if (err == nil) != test.ok || err != nil && !errors.Is(err, ui.ErrField) {
			t.Errorf("%s: got error %v, want ok %v or ErrField", name, err, test.ok)
		}
	}
	printer := ui.Printer{Out: io.Discard, Field: "name", Format: ui.FormatJSON}
	if err := printer.List(example()); !errors.Is(err, ui.ErrField) {
		t.Errorf("List: got error %v, want ErrField", err)
	}
	if err := printer.Object(ui.Object{Value: record{}}); !errors.Is(err, ui.ErrField) {
		t.Errorf("Object: got error %v, want ErrField", err)
	}
}
