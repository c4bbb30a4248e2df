package xml

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// depth is how deep the texts of these tests may be nested.
const depth = 32

func xmlOf(body []byte, name string) ([]byte, error) {
	var written bytes.Buffer
	err := FromJSON(&written, body, name, depth)
	return written.Bytes(), err
}

func TestEncodeName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"first_name": "first_name", "a-b.c": "a-b.c", "": "_x_", "a b": "a_x0020_b", "1a": "_x0031_a", "-": "_x002D_", "a:b": "a_x003A_b", "größe": "gr_x00F6__x00DF_e",
		"😀": "_x0001F600_", "xml": "_x0078_ml", "XMLname": "_x0058_MLname", "size_x": "size_x", "tax_xl": "tax_xl", "_x_": "_x005F_x_",
		"_x0041_": "_x005F_x0041_", "_x": "_x", "_x ": "_x005F_x_x0020_", "\x00": "_x0000_", "_": "_", "__": "__",
	} {
		if got := encodeName(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if got := decodeName(want); got != text {
			t.Errorf("%q: got back %q, want %q", want, got, text)
		}
	}
	for _, name := range []string{"_xD800_", "_xFFFFFFFF_", "_x00110000_", "_x41_", "_xGGGG_"} {
		if got := decodeName(name); got != name {
			t.Errorf("%q stands for nothing: got %q", name, got)
		}
	}
}

func TestXMLBodyTypes(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`<o><a>5</a><b>-0.50</b><c>0</c></o>`:                      `{"a":5,"b":-0.50,"c":0}`,
		`<o><a>05</a><b>+5</b><c>1e5</c><d>.5</d><e>5.</e></o>`:    `{"a":"05","b":"+5","c":"1e5","d":".5","e":"5."}`,
		`<o><a> 5</a><b>5 </b><c>NaN</c><d>-</d></o>`:              `{"a":" 5","b":"5 ","c":"NaN","d":"-"}`,
		`<o><a>123456789012345</a><b>1234567890123456</b></o>`:     `{"a":123456789012345,"b":"1234567890123456"}`,
		`<o><a>true</a><b>false</b><c>True</c><d>null</d></o>`:     `{"a":true,"b":false,"c":"True","d":"null"}`,
		`<o><a/><b></b><c> </c></o>`:                               `{"a":"","b":"","c":" "}`,
		`<o><a type="string">5</a><b type="number">1e5</b></o>`:    `{"a":"5","b":1e5}`,
		`<o><a type="boolean">true</a><b type="null"/></o>`:        `{"a":true,"b":null}`,
		`<o><a type="array"/><b type="object"> </b></o>`:           `{"a":[],"b":{}}`,
		`<o><a type="json">"\u0001&quot;</a></o>`:                  `{"a":"\u0001"}`,
		`<o><tags><tag>a</tag><tag>2</tag></tags></o>`:             `{"tags":["a",2]}`,
		`<o><tags><value>a</value></tags></o>`:                     `{"tags":["a"]}`,
		`<o><tags type="object"><tag>a</tag></tags></o>`:           `{"tags":{"tag":"a"}}`,
		`<o><tags type="array"><x>a</x><x>b</x></tags></o>`:        `{"tags":["a","b"]}`,
		`<o><a><value><value>1</value></value></a></o>`:            `{"a":[[1]]}`,
		`<o><tags><tag>a</tag><other>b</other></tags></o>`:         `{"tags":{"tag":"a","other":"b"}}`,
		`<value><value>a</value></value>`:                          `{"value":"a"}`,
		`<o/>`:                                                     `{}`,
		"<o>\n</o>":                                                `{}`,
		`<o type="object"><o>1</o></o>`:                            `{"o":1}`,
		`<!-- a --><o><!-- b --><a>x<!-- c -->y</a></o><!-- d -->`: `{"a":"xy"}`,
		`<o><a><![CDATA[<b>&amp;</b>]]></a></o>`:                   `{"a":"<b>&amp;</b>"}`,
		"<o><a>1\r\n2&#13;3&#x1F600;</a></o>":                      `{"a":"1\n2\r3😀"}`,
	} {
		got, err := ToJSON([]byte(body), depth)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", body, got, err, want)
		}
	}
}

func TestXMLBodiesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, ` `, `x`, `<o`, `<o>`, `</o>`, `<o></p>`, `<o/><o/>`, `<o/>x`, `x<o/>`, `<o>x<a/></o>`, `<o><a>1</a>x</o>`, `<o><a></o></a>`, `<1/>`, `<o a=1/>`,
		`<o x="1"/>`, `<o type="object" type="object"/>`, `<o type="x"/>`, `<o><a type="number">x</a></o>`, `<o><a type="number"> 5</a></o>`, `<o><a type="number"/></o>`,
		`<o><a type="number">"5"</a></o>`, `<o><a type="boolean">1</a></o>`, `<o><a type="null">x</a></o>`, `<o><a type="json">5</a></o>`, `<o><a type="json">null</a></o>`,
		`<o><a type="json">"</a></o>`, `<o><a type="string"><b/></a></o>`, `<o><a type="object">x</a></o>`, `<o><p:a/></o>`, `<o p:type="object"/>`, `<o><a xsi:nil="true"/></o>`,
		`<o>&#0;</o>`, `<o>&#xFFFE;</o>`, "<o>\x01</o>", `<o><a>]]></a></o>`, `<?xml version="1.1"?><o/>`, `<o/><?xml version="1.0"?>`, `<o><?php 1?></o>`, `<o><!ENTITY a "b"></o>`,
		`<o><!-- -- --></o>`, `<o><!DOCTYPE o></o>`,
	} {
		got, err := ToJSON([]byte(body), depth)
		var wrong *Error
		if !errors.As(err, &wrong) {
			t.Errorf("%s: got %s, %v, want it to be refused", body, got, err)
		}
	}
}

// FuzzXMLOfJSON: any JSON object becomes well-formed XML, and comes back as it was.
func FuzzXMLOfJSON(f *testing.F) {
	for _, body := range []string{
		`{}`, `{"a":1,"b":"1","c":true,"d":"true","e":null,"f":"","g":[],"h":{},"i":[1,[2],{"value":3}]}`, `{"values":{"value":1}}`, `{"":{"_x_":1,"_x":2," ":3}}`,
		`{"a":"\u0000\u001f\ufffe\uffff]]>&<>\r\n\t"}`, `{"a":1e999,"b":-0,"c":0.10,"d":12345678901234567}`, `{"xml":{"a:b":{"1":"😀"}}}`, `{"s":{"s":[{"s":1}]}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		plain := plainObject(body)
		if plain == nil {
			return
		}
		written, err := xmlOf(plain, "orders")
		if err != nil {
			t.Fatalf("%s: %v", plain, err)
		}
		checkWellFormed(t, written)
		back, err := ToJSON(bytes.TrimPrefix(written, []byte(declaration)), depth)
		if err != nil {
			t.Fatalf("%s by way of %s: %v", plain, written, err)
		}
		if got, want := valueOf(t, back), valueOf(t, plain); !reflect.DeepEqual(got, want) {
			t.Errorf("by way of\n%s\ngot  %s\nwant %s", written, back, plain)
		}
	})
}

// plainObject is an object as encoding/json understands it, without names given twice; nil: it is none, or too deep.
func plainObject(body []byte) []byte {
	var fields map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&fields) != nil || fields == nil {
		return nil
	}
	plain, err := json.Marshal(fields)
	if err != nil || bytes.Count(plain, []byte("{"))+bytes.Count(plain, []byte("[")) > depth {
		return nil
	}
	return plain
}

// FuzzJSONOfXML: whatever is taken is one JSON value, is no deeper than it may be, and is the same when it has been
// answered and sent again.
func FuzzJSONOfXML(f *testing.F) {
	for _, body := range []string{
		`<o/>`, `<o><a>1</a><b type="array"><c>2</c></b></o>`, declaration + `<o>&#13;&lt;</o>`, `<!DOCTYPE o><o/>`, `<o><value><value/></value></o>`, `<o><a type="json">"\u0001"</a></o>`,
		`<o xmlns="x"><_x0020_>1</_x0020_></o>`, `<o><![CDATA[]]></o>`, strings.Repeat("<a>", 40),
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		value, err := ToJSON(body, depth)
		if err != nil {
			if wrong := (*Error)(nil); !errors.As(err, &wrong) && !errors.Is(err, ErrCharset) {
				t.Errorf("%q: refused with %v", body, err)
			}
			return
		}
		if !json.Valid(value) {
			t.Fatalf("%q: became %q", body, value)
		}
		if value[0] != '{' {
			return // a list needs a name that has a singular
		}
		written, err := xmlOf(value, "o")
		if err != nil {
			t.Fatalf("%s: %v", value, err)
		}
		back, err := ToJSON(written, depth)
		if err != nil || !reflect.DeepEqual(valueOf(t, back), valueOf(t, value)) {
			t.Errorf("%s by way of %s: got %s, %v", value, written, back, err)
		}
	})
}

// FuzzEncodeName: any text is an XML name, and comes back.
func FuzzEncodeName(f *testing.F) {
	for _, text := range []string{"", "a", "_x", "_x0041_", "_x_x_", "xml", "größe", "a b:c", "\x00", "😀_x"} {
		f.Add(text)
	}
	plain := strings.NewReplacer("_", "", "-", "", ".", "")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		name := encodeName(text)
		if got := decodeName(name); got != text {
			t.Errorf("%q: by way of %q got %q", text, name, got)
		}
		for _, char := range plain.Replace(name) {
			if (char < 'a' || char > 'z') && (char < 'A' || char > 'Z') && (char < '0' || char > '9') {
				t.Errorf("%q: got the name %q", text, name)
			}
		}
		checkWellFormed(t, []byte("<"+name+"/>"))
	})
}

// checkWellFormed reads XML as encoding/xml does, which matches the tags too.
func checkWellFormed(t *testing.T, text []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

// valueOf reads JSON, numbers as they are written.
func valueOf(t *testing.T, text []byte) (value any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}
