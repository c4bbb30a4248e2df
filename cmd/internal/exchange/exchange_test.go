package exchange_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/cmd/internal/exchange"
	"latchkey/cmd/panel"
)

type failer interface {
	Fatalf(format string, args ...any)
}

func read(content string, format exchange.Format, table exchange.Table) (documents []panel.Document, reader *exchange.Reader, err error) {
	reader = &exchange.Reader{Format: format, Table: table}
	for document, err := range reader.Documents([]byte(content)) {
		if err != nil {
			return documents, reader, err
		}
		documents = append(documents, document)
	}
	return documents, reader, nil
}

// parse reads a file where numbers are numbers, however they are written.
func parse(t failer, content string, format exchange.Format) []panel.Document {
	table := exchange.Table{}
	if first, _, _ := strings.Cut(content, "\n"); format == exchange.CSV {
		header, err := csv.NewReader(strings.NewReader(first)).Read()
		if err != nil {
			t.Fatalf("reading %q: %v", first, err)
		}
		for _, name := range header {
			table.Numbers = append(table.Numbers, strings.Replace(strings.Replace(name, "'=", "=", 1), "''=", "'=", 1))
		}
	}
	documents, _, err := read(content, format, table)
	if err != nil {
		t.Fatalf("reading %q: %v", content, err)
	}
	return documents
}

// fieldsOf are the fields of a document that was read, and its id; i is where it was among others.
func fieldsOf(t failer, i int, document panel.Document) (id int64, fields map[string]json.RawMessage) {
	if err := json.Unmarshal(document.Fields, &fields); err != nil {
		t.Fatalf("%q: %v", document.Fields, err)
	}
	id = int64(i + 1)
	if given, found := fields["id"]; found {
		if err := json.Unmarshal(given, &id); err != nil {
			t.Fatalf("%q: %v", given, err)
		}
	}
	for _, own := range []string{"id", "date_created", "date_modified"} {
		delete(fields, own)
	}
	return id, fields
}

// write writes documents as if they had been stored, those without an id under 1, 2, 3.
func write(t failer, documents []panel.Document, format exchange.Format) string {
	var out strings.Builder
	stored := make([]panel.Document, len(documents))
	names := map[string]bool{}
	at := time.Unix(1700000000, 0).UTC()
	for i, document := range documents {
		id, fields := fieldsOf(t, i, document)
		for name := range fields {
			names[name] = true
		}
		body, err := json.Marshal(fields)
		if err != nil {
			t.Fatalf("%v: %v", fields, err)
		}
		stored[i] = panel.Document{ID: id, Fields: body, CreatedAt: at, UpdatedAt: at}
	}
	writer, err := exchange.NewWriter(&out, format, slices.Sorted(maps.Keys(names)))
	if err != nil {
		t.Fatalf("writing: %v", err)
	}
	for _, document := range stored {
		err = errors.Join(err, writer.Write(document))
	}
	if err = errors.Join(err, writer.Close()); err != nil {
		t.Fatalf("writing: %v", err)
	}
	return out.String()
}

// content is what documents say, however their texts are escaped.
func content(t failer, documents []panel.Document) string {
	var all strings.Builder
	for i, document := range documents {
		id, fields := fieldsOf(t, i, document)
		fmt.Fprintf(&all, "%d", id)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			decoder := json.NewDecoder(bytes.NewReader(fields[name]))
			decoder.UseNumber()
			var value any
			if err := decoder.Decode(&value); err != nil {
				t.Fatalf("%q: %v", fields[name], err)
			}
			fmt.Fprintf(&all, " %q %#v", name, value)
		}
		all.WriteString("\n")
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
		documents := parse(rt, lines.String(), exchange.JSONL)
		want := content(rt, documents)
		for _, name := range exchange.Formats() {
			file := write(rt, documents, exchange.Format(name))
			if got := content(rt, parse(rt, file, exchange.Format(name))); got != want {
				rt.Fatalf("%s: got\n%s, want\n%s from\n%s", name, got, want, file)
			}
		}
	})
}

// TestFormulasAreQuoted: no cell that was a text begins as a formula does (C3).
func TestFormulasAreQuoted(t *testing.T) {
	t.Parallel()
	documents := parse(t, `[{"a":"=1+1","b":"+1","c":"-x","d":"@f","e":"\t=1","f":"'=1","g":"a=b","h":-5,"i":"it's","=j":"x"}]`, exchange.JSON)
	want := "id,'=j,a,b,c,d,e,f,g,h,i,date_created,date_modified\n" +
		"1,x,'=1+1,'+1,'-x,'@f,'\t=1,''=1,a=b,-5,it's,\"Tue, 14 Nov 2023 22:13:20 +0000\",\"Tue, 14 Nov 2023 22:13:20 +0000\"\n"
	if got := write(t, documents, exchange.CSV); got != want {
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
		"zip,n\n01234,1\n12345,2\n":           {exchange.Table{}, `{"zip":"01234","n":1} {"zip":12345,"n":2}`},
		"n,zip\n1,01234\n2,12345\n":           {exchange.Table{Text: []string{"zip"}}, `{"n":1,"zip":"01234"} {"n":2,"zip":"12345"}`},
		"a\n\"\"\"42\"\"\"\n'=1\n[1]\n\" 7\"": {exchange.Table{Text: []string{"a"}}, `{"a":"42"} {"a":"=1"} {"a":"[1]"} {"a":" 7"}`},
		"a;b\n\"1;5\";2,5\n":                  {exchange.Table{Delimiter: ';'}, `{"a":"1;5","b":"2,5"}`},
		"a\tb\n1\t2\n":                        {exchange.Table{Delimiter: '\t'}, `{"a":1,"b":2}`},
		"a;b\n1\n":                            {exchange.Table{Delimiter: ','}, `{"a;b":1}`},
		"a\n12E4567\n12345678901234567890\n0.1\n1.50\n0.10000000000000001\n9007199254740993\n9007199254740992\n-0.1234567890123456\n": {exchange.Table{},
			`{"a":"12E4567"} {"a":"12345678901234567890"} {"a":0.1} {"a":1.50} {"a":"0.10000000000000001"} {"a":"9007199254740993"} {"a":9007199254740992} {"a":-0.1234567890123456}`},
		"a,b\n12E4567,1e5\n": {exchange.Table{Numbers: []string{"a"}}, `{"a":12E4567,"b":"1e5"}`},
	} {
		documents, _, err := read(content, exchange.CSV, test.table)
		var got []string
		for _, document := range documents {
			got = append(got, string(document.Fields))
		}
		if strings.Join(got, " ") != test.want || err != nil {
			t.Errorf("%q: got %s, %v; want %s", content, got, err, test.want)
		}
	}
	if _, _, err := read("a,b\n", exchange.CSV, exchange.Table{Text: []string{"b", "c"}}); !errors.Is(err, panel.ErrContent) ||
		!strings.Contains(err.Error(), `no column "c"`) {
		t.Errorf("got %v", err)
	}
}

// TestTablesInDoubt: a column whose cells are of different kinds is warned of, once.
func TestTablesInDoubt(t *testing.T) {
	t.Parallel()
	for content, test := range map[string]struct {
		table exchange.Table
		want  string // "": nothing
	}{
		"zip\n01234\n12345\n12346\n":    {want: `column "zip" has cells of different kinds, such as "01234" and "12345": --text zip takes all for texts`},
		"zip\n01234\n12345\n ":          {table: exchange.Table{Text: []string{"zip"}}},
		"a\ntrue\n1\n":                  {want: `such as "1" and "true"`},
		"sku\n12E4567\n":                {want: `column "sku" has "12E4567", which is kept as a text: --number sku takes it for a number`},
		"sku\n12E4567\nA7\n":            {want: `column "sku" has "12E4567", which is kept as a text`},
		"sku\n12E4567\n7\n":             {want: `--number sku takes it for a number, --text sku all for texts`},
		"sku\n12E4567\n7\n8\n":          {table: exchange.Table{Numbers: []string{"sku"}}},
		"a,b\n1,x\n2,y\n,\nnull,null\n": {},
	} {
		_, reader, err := read(content, exchange.CSV, test.table)
		got := strings.Join(reader.Warnings, "\n")
		if err != nil || !strings.Contains(got, test.want) || (got == "") != (test.want == "") || strings.Contains(got, "\n") {
			t.Errorf("%q: got %q, %v; want %q", content, got, err, test.want)
		}
	}
}

// TestUnnamedField: what could not be read back is not written.
func TestUnnamedField(t *testing.T) {
	t.Parallel()
	if _, err := exchange.NewWriter(io.Discard, exchange.CSV, []string{"", "a"}); !errors.Is(err, exchange.ErrUnnamed) {
		t.Errorf("got %v", err)
	}
}

// TestNewFieldMeanwhile: no field is left out because its column is not there.
func TestNewFieldMeanwhile(t *testing.T) {
	t.Parallel()
	writer, err := exchange.NewWriter(io.Discard, exchange.CSV, []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Write(panel.Document{ID: 1, Fields: []byte(`{"a":null}`)}); err != nil {
		t.Error(err)
	}
	if err := writer.Write(panel.Document{ID: 2, Fields: []byte(`{"a":1,"b":2}`)}); !errors.Is(err, exchange.ErrNewField) {
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

// TestErrorsNameTheLine: what is wrong with the file. What a document may be is the panel's, see documents.txtar.
func TestErrorsNameTheLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		format  exchange.Format
		content string
		want    string
	}{
		{exchange.JSONL, "{}\n{\"a\":\"\xff\"}", "line 2: unusable content: it is not valid UTF-8"},
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
		{exchange.CSV, strings.Repeat("a,", 1100) + "\n", "line 1: unusable content: too many different fields"},
	} {
		documents, _, err := read(test.content, test.format, exchange.Table{})
		var line *exchange.LineError
		if !errors.Is(err, panel.ErrContent) || !errors.As(err, &line) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s %.60q: got %d documents, %v; want %s", test.format, test.content, len(documents), err, test.want)
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

// FuzzParse: whatever a file holds, it is read or refused with a line.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"[{\"a\":1}]", "{\"id\":3}\n{}", "id,a\n1,\"x\"\n", "a\n'=1\n", "[", "\ufeffa\n\n"} {
		f.Add(seed, uint8(0))
	}
	f.Fuzz(func(t *testing.T, content string, which uint8) {
		formats := exchange.Formats()
		documents, reader, err := read(content, exchange.Format(formats[int(which)%len(formats)]), exchange.Table{})
		var line *exchange.LineError
		if err != nil && (!errors.As(err, &line) || line.Line < 1 || line.Line > strings.Count(content, "\n")+1) {
			t.Fatalf("got %v", err)
		}
		if len(documents) != len(reader.Lines) {
			t.Fatalf("%d documents at %d lines", len(documents), len(reader.Lines))
		}
	})
}
