package exchange_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/cmd/internal/exchange"
	"latchkey/db/data"
)

type failer interface {
	Fatalf(format string, args ...any)
}

func parse(t failer, content string, format exchange.Format) []data.Draft {
	read, err := exchange.Parse([]byte(content), format, exchange.Table{})
	if err != nil {
		t.Fatalf("reading %q: %v", content, err)
	}
	return read.Documents
}

// write writes drafts as if they had been stored, those without a number under 1, 2, 3.
func write(t failer, drafts []data.Draft, format exchange.Format) string {
	var columns exchange.Columns
	var out strings.Builder
	stored := make([]data.Document, len(drafts))
	var err error
	at := time.Unix(1700000000, 0).UTC()
	for i, draft := range drafts {
		stored[i] = data.Document{ID: cmp.Or(draft.ID, int64(i+1)), Body: draft.Body, CreatedAt: at, UpdatedAt: at}
		err = errors.Join(err, columns.See(stored[i]))
	}
	writer := exchange.NewWriter(&out, format, &columns)
	for _, document := range stored {
		err = errors.Join(err, writer.Write(document))
	}
	if err = errors.Join(err, writer.Close()); err != nil {
		t.Fatalf("writing: %v", err)
	}
	return out.String()
}

// content is what the drafts say, however their texts are escaped.
func content(t failer, drafts []data.Draft) string {
	var all strings.Builder
	for i, draft := range drafts {
		decoder := json.NewDecoder(bytes.NewReader(draft.Body))
		decoder.UseNumber()
		var fields any
		if err := decoder.Decode(&fields); err != nil {
			t.Fatalf("%q: %v", draft.Body, err)
		}
		fmt.Fprintf(&all, "%d %#v\n", cmp.Or(draft.ID, int64(i+1)), fields)
	}
	return all.String()
}

// values are JSON values that a table could confuse with others.
func values() *rapid.Generator[string] {
	text := rapid.Custom(func(t *rapid.T) string {
		text := rapid.SampledFrom([]string{"", "'", "''", "=", "+", "-", "@", "\t", "\r", "\r\n", "\n", `"`, ",", "42", "-5", "true", "null",
			"[]", "{}", " 7", "é", "\u2028", "\x00", "<b>", "id"}).Draw(t, "special")
		return text + rapid.SampledFrom([]string{"", "", "1+1", "SUM(A1)", "x", `"`, "\r"}).Draw(t, "rest")
	})
	return rapid.Custom(func(t *rapid.T) string {
		quoted, err := json.Marshal(text.Draw(t, "text"))
		if err != nil {
			t.Fatal(err)
		}
		return rapid.SampledFrom([]string{string(quoted), string(quoted), "0", "-1.50", "1e400", "12345678901234567890", "true", "false",
			"null", "[]", `{"a":[1,"=x"]}`, "[" + string(quoted) + "]"}).Draw(t, "value")
	})
}

// TestEveryFormatComesBack: what is exported and imported again is the same, whatever is in it (C3).
func TestEveryFormatComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var lines strings.Builder
		for range rapid.IntRange(0, 4).Draw(rt, "documents") {
			fields := map[string]json.RawMessage{}
			for range rapid.IntRange(0, 4).Draw(rt, "fields") {
				name := rapid.SampledFrom([]string{"a", "b", "=c", "'=d", "e,f", "g\"", "h;i", "date"}).Draw(rt, "name")
				fields[name] = json.RawMessage(values().Draw(rt, "value"))
			}
			line, err := json.Marshal(fields)
			if err != nil {
				rt.Fatal(err)
			}
			lines.Write(append(line, '\n'))
		}
		drafts := parse(rt, lines.String(), exchange.JSONL)
		want := content(rt, drafts)
		for _, name := range exchange.Formats() {
			file := write(rt, drafts, exchange.Format(name))
			if got := content(rt, parse(rt, file, exchange.Format(name))); got != want {
				rt.Fatalf("%s: got\n%s, want\n%s from\n%s", name, got, want, file)
			}
		}
	})
}

// TestFormulasAreQuoted: no cell that was a text begins as a formula does (C3).
func TestFormulasAreQuoted(t *testing.T) {
	t.Parallel()
	drafts := parse(t, `[{"a":"=1+1","b":"+1","c":"-x","d":"@f","e":"\t=1","f":"'=1","g":"a=b","h":-5,"i":"it's","=j":"x"}]`, exchange.JSON)
	want := "id,'=j,a,b,c,d,e,f,g,h,i,date_created,date_modified\n" +
		"1,x,'=1+1,'+1,'-x,'@f,'\t=1,''=1,a=b,-5,it's,\"Tue, 14 Nov 2023 22:13:20 +0000\",\"Tue, 14 Nov 2023 22:13:20 +0000\"\n"
	if got := write(t, drafts, exchange.CSV); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

// TestTables: how a table is read can be said.
func TestTables(t *testing.T) {
	t.Parallel()
	for content, test := range map[string]struct {
		table exchange.Table
		want  string
	}{
		"zip,n\n01234,1\n12345,2\n":           {exchange.Table{}, `{"n":1,"zip":"01234"} {"n":2,"zip":12345}`},
		"n,zip\n1,01234\n2,12345\n":           {exchange.Table{Text: []string{"zip"}}, `{"n":1,"zip":"01234"} {"n":2,"zip":"12345"}`},
		"a\n\"\"\"42\"\"\"\n'=1\n[1]\n\" 7\"": {exchange.Table{Text: []string{"a"}}, `{"a":"42"} {"a":"=1"} {"a":"[1]"} {"a":" 7"}`},
		"a;b\n\"1;5\";2,5\n":                  {exchange.Table{Delimiter: ';'}, `{"a":"1;5","b":"2,5"}`},
		"a\tb\n1\t2\n":                        {exchange.Table{Delimiter: '\t'}, `{"a":1,"b":2}`},
		"a;b\n1\n":                            {exchange.Table{Delimiter: ','}, `{"a;b":1}`},
	} {
		read, err := exchange.Parse([]byte(content), exchange.CSV, test.table)
		var got []string
		for _, document := range read.Documents {
			got = append(got, string(document.Body))
		}
		if strings.Join(got, " ") != test.want || err != nil {
			t.Errorf("%q: got %s, %v; want %s", content, got, err, test.want)
		}
	}
	if _, err := exchange.Parse([]byte("a,b\n"), exchange.CSV, exchange.Table{Text: []string{"b", "c"}}); !errors.Is(err, exchange.ErrContent) ||
		!strings.Contains(err.Error(), `no column "c"`) {
		t.Errorf("got %v", err)
	}
}

// TestUnnamedField: what could not be read back is not written.
func TestUnnamedField(t *testing.T) {
	t.Parallel()
	var columns exchange.Columns
	if err := columns.See(data.Document{ID: 7, Body: json.RawMessage(`{"":1}`)}); !errors.Is(err, exchange.ErrUnnamed) {
		t.Errorf("got %v", err)
	}
}

func TestEmptyFiles(t *testing.T) {
	t.Parallel()
	for format, want := range map[exchange.Format]string{exchange.JSON: "[]\n", exchange.JSONL: "", exchange.CSV: "id,date_created,date_modified\n"} {
		if got := write(t, nil, format); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
		if got := parse(t, want, format); len(got) != 0 {
			t.Errorf("%s: got %d documents", format, len(got))
		}
	}
}

// TestErrorsNameTheLine: and nothing is read from a file that has one.
func TestErrorsNameTheLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		format  exchange.Format
		content string
		want    string
	}{
		{exchange.JSONL, "{}\n\n[1]\n", "line 3: unusable content: the document must be one object"},
		{exchange.JSONL, "{}\n{\"a\":1,\"a\":2}", `line 2: unusable content: the document names "a" twice`},
		{exchange.JSONL, "{}\n{\"a\":\n1}", "line 2: unusable content: the document is not valid JSON"},
		{exchange.JSONL, "{}\n{\"a\":\"\xff\"}", "line 2: unusable content: it is not valid UTF-8"},
		{exchange.JSONL, "\n{\"id\":\"7\"}", "line 2: unusable content: the id \"7\" is no whole number"},
		{exchange.JSONL, `{"id":0}`, "line 1: unusable content: the id 0"},
		{exchange.JSONL, `{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, "line 1: unusable content: the document is nested"},
		{exchange.JSONL, "{}\n{\"a\":\"" + strings.Repeat("x", data.MaxBody) + "\"}", "line 2: unusable content: document is too large"},
		{exchange.JSON, "[\n{},\n{},\n5\n]", "line 4: unusable content: the document must be one object"},
		{exchange.JSON, "[\n{}\n,\n{\"a\" 1}]", "line 4: unusable content: it is not valid JSON"},
		{exchange.JSON, "[\n{}", "line 2: unusable content"},
		{exchange.JSON, "[{}]\n\n{}", "line 3: unusable content: there is something behind"},
		{exchange.JSON, "{}", "line 1: unusable content: it is no JSON array"},
		{exchange.JSON, "", "line 1: unusable content: it is no JSON array"},
		{exchange.CSV, "", "line 1: unusable content: there is no row of names"},
		{exchange.CSV, "a,b,a\n", `line 1: unusable content: two columns are named "a"`},
		{exchange.CSV, "a,,b\n", "line 1: unusable content: column 2 has no name"},
		{exchange.CSV, "a,b,\n1,2,\n", "line 1: unusable content: column 3 has no name"},
		{exchange.CSV, "a;b\n1;2\n", `line 1: unusable content: there is one column, named "a;b": where no comma is between the cells, use --delimiter ';'`},
		{exchange.CSV, "a\tb,\n1\t2\n", `line 1: unusable content: column 2 has no name`},
		{exchange.CSV, "a\tb\n1\t2\n", `line 1: unusable content: there is one column, named "a\tb": where no comma is between the cells, use --delimiter tab`},
		{exchange.CSV, "a,b\n1,2\n3\n", "line 3: unusable content: it is no CSV: wrong number of fields"},
		{exchange.CSV, "a\n\"x\ny\"\n\"z", "line 4: unusable content: it is no CSV"},
		{exchange.CSV, "a\n\"x\ny\"\n\"{\"\"a\"\":1,\"\"a\"\":2}\"\n", `line 4: unusable content: the document names "a" twice`},
		{exchange.CSV, strings.Repeat("a,", 1100) + "\n", "line 1: unusable content: too many different fields"},
	} {
		read, err := exchange.Parse([]byte(test.content), test.format, exchange.Table{})
		var line *exchange.LineError
		if !errors.Is(err, exchange.ErrContent) || !errors.As(err, &line) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s %.60q: got %d documents, %v; want %s", test.format, test.content, len(read.Documents), err, test.want)
		}
	}
}

func TestFormatOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]exchange.Format{"a.json": exchange.JSON, "A.CSV": exchange.CSV, "a.b/c.jsonl": exchange.JSONL,
		"x.ndjson": exchange.JSONL, "-": "", "csv": "", "a.txt": ""} {
		if got, known := exchange.FormatOf(name); got != want || known != (want != "") {
			t.Errorf("%s: got %q, %t", name, got, known)
		}
	}
}

// FuzzParse: whatever a file holds, it is read or refused with a line, and what was read fits into a document each.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"[{\"a\":1}]", "{\"id\":3}\n{}", "id,a\n1,\"x\"\n", "a\n'=1\n", "[", "\ufeffa\n\n"} {
		f.Add(seed, uint8(0))
	}
	f.Fuzz(func(t *testing.T, content string, which uint8) {
		formats := exchange.Formats()
		read, err := exchange.Parse([]byte(content), exchange.Format(formats[int(which)%len(formats)]), exchange.Table{})
		var line *exchange.LineError
		if err != nil && (!errors.As(err, &line) || line.Line < 1 || line.Line > strings.Count(content, "\n")+1) {
			t.Fatalf("got %v", err)
		}
		if len(read.Documents) != len(read.Lines) {
			t.Fatalf("%d documents at %d lines", len(read.Documents), len(read.Lines))
		}
	})
}
