package api_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"latchkey/perms"
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// asXML is the header of an XML body. The response is JSON, unless the request asks for XML.
var asXML = []string{"Content-Type: application/xml"}

var xmlScenarios = []scenario{
	// Answers.
	{name: "item", method: "GET", path: "/api/v2/orders/1.xml", status: 200, fields: map[string]string{"Content-Type": "application/xml"},
		want: []string{xmlHead + "<order><id>1</id><status>new</status><total>5</total><date_created>Sun, 01 Mar 2026 12:00:00 +0000</date_created>"}},
	{name: "list", method: "GET", path: "/api/v2/orders.xml", status: 200, want: []string{xmlHead + "<orders><order><id>1</id>", "</order><order><id>2</id>", "</order></orders>\n"}},
	{name: "sub-resource", method: "GET", path: "/api/v2/products/skus.xml", status: 200, want: []string{"<skus><sku><id>1</id><sku>S-1</sku>"}},
	{name: "empty list", method: "GET", path: "/api/v2/brands.xml", status: 204},
	{name: "count", method: "GET", path: "/api/v2/orders/count.xml", status: 200, want: []string{xmlHead + "<order><count>2</count><statuses type=\"array\"/></order>\n"}},
	{name: "HEAD", method: "HEAD", path: "/api/v2/time.xml", status: 200, fields: map[string]string{"Content-Length": "76", "Content-Type": "application/xml"}},
	{name: "deleting", method: "DELETE", path: "/api/v2/orders/1.xml", status: 204, changes: true},
	{name: "OPTIONS", method: "OPTIONS", path: "/api/v2/orders.xml", status: 200, fields: map[string]string{"Allow": "DELETE, GET, HEAD, OPTIONS, POST", "Content-Length": "0"}},

	// Errors, at each step of the decisions.
	{name: "unknown path", method: "GET", path: "/api/v2/nothing.xml", status: 404, want: []string{xmlHead + "<errors><error><status>404</status><message>no resource at this path</message></error></errors>\n"}},
	{name: "unknown path by Accept", method: "GET", path: "/nothing", header: []string{"Accept: text/xml"}, status: 404, want: []string{"<errors>"}},
	{name: "nobody", as: "nobody", method: "GET", path: "/api/v2/orders.xml", status: 401, want: []string{"<errors>"}},
	{name: "nobody by Accept", as: "wrong", method: "GET", path: "/api/v2/orders", header: []string{"Accept: application/xml"}, status: 401, want: []string{"<errors>"}},
	{name: "method", method: "PUT", path: "/api/v2/orders.xml", status: 405, want: []string{"<errors>"}, fields: map[string]string{"Allow": "DELETE, GET, HEAD, OPTIONS, POST"}},
	{name: "PATCH", method: "PATCH", path: "/api/v2/orders.xml", status: 501, want: []string{"<errors>"}},
	{name: "permission", as: "limited", method: "DELETE", path: "/api/v2/orders/1.xml", status: 403,
		want: []string{"<details><denied_by>deny orders:delete</denied_by><permission>orders:delete</permission></details></error></errors>"}},
	{name: "no document", method: "GET", path: "/api/v2/orders/9.xml", status: 404, want: []string{"<errors>"}},
	{name: "bad page", method: "GET", path: "/api/v2/orders.xml?page=0", status: 400, want: []string{"<details><parameter>page</parameter></details>"}},

	// Bodies.
	{name: "create", method: "POST", path: "/api/v2/orders.xml", body: xmlHead + "<order>\n  <status>paid</status>\n  <total>5.50</total>\n  <gift>true</gift>\n  <lines><line><sku>S-1</sku></line><line><sku>S-2</sku></line></lines>\n</order>\n",
		header: asXML, status: 201, changes: true, fields: map[string]string{"Location": "/api/v2/orders/3"},
		want: []string{"<order><id>3</id><gift>true</gift><lines><line><sku>S-1</sku></line><line><sku>S-2</sku></line></lines><status>paid</status><total>5.50</total>"}},
	{name: "create, answered in JSON", method: "POST", path: "/api/v2/orders", body: `<order><note>a &lt; b &amp; "c"</note><zip type="string">01234</zip><tags type="array"/><left type="null"/></order>`,
		header: asXML, status: 201, changes: true, want: []string{`{"id":3,"left":null,"note":"a < b & \"c\"","tags":[],"zip":"01234","date_created"`}},
	{name: "JSON in, XML out", method: "POST", path: "/api/v2/orders.xml", body: `{"status":"paid"}`, status: 201, changes: true, want: []string{"<status>paid</status>"}},
	{name: "older content type", method: "POST", path: "/api/v2/orders", body: `<order/>`, header: []string{"Content-Type: text/xml; charset=utf-8"}, status: 201, changes: true},
	{name: "content type of a vendor", method: "POST", path: "/api/v2/orders", body: `<order/>`, header: []string{"Content-Type: application/vnd.shop+xml"}, status: 201, changes: true},
	{name: "bare content type", method: "POST", path: "/api/v2/orders", body: `<order/>`, header: []string{"Content-Type: xml"}, status: 201, changes: true},
	{name: "byte order mark", method: "POST", path: "/api/v2/orders", body: "\ufeff" + xmlHead + `<order/>`, header: asXML, status: 201, changes: true},
	{name: "root of another name", method: "POST", path: "/api/v2/products/1/custom_fields", body: `<customfield><name>a</name></customfield>`, header: asXML, status: 201, changes: true, want: []string{`"name":"a"`}},
	{name: "name spaces that tools declare", method: "PUT", path: "/api/v2/orders/1", body: `<order xmlns="urn:x" xmlns:xsi="urn:y"><status>paid</status></order>`, header: asXML, status: 200, changes: true,
		want: []string{`{"id":1,"status":"paid","total":5,`}},
	{name: "update of one field", method: "PUT", path: "/api/v2/orders/1", body: `<order><status>paid</status></order>`, header: asXML, status: 200, changes: true, want: []string{`{"id":1,"status":"paid","total":5,`}},
	{name: "update with nothing", method: "PUT", path: "/api/v2/orders/1.xml", header: asXML, status: 200, want: []string{"<status>new</status>"}},
	{name: "the server's id", method: "PUT", path: "/api/v2/orders/1", body: `<order><id>1</id></order>`, header: asXML, status: 400, want: []string{"The field 'id' is invalid."}},
	{name: "the server's id, escaped", method: "PUT", path: "/api/v2/orders/1", body: `<order><_x0069_d>1</_x0069_d></order>`, header: asXML, status: 400, want: []string{"The field 'id' is invalid."}},
	{name: "the server's date", method: "POST", path: "/api/v2/orders.xml", body: `<order><date_created/></order>`, header: asXML, status: 400, want: []string{"<field>date_created</field>"}},
	{name: "a list of orders", method: "POST", path: "/api/v2/orders", body: `<orders><order><a>1</a></order></orders>`, header: asXML, status: 400, want: []string{"one object"}},
	{name: "text alone", method: "POST", path: "/api/v2/orders", body: `<order>new</order>`, header: asXML, status: 400},
	{name: "nothing but a declaration", method: "POST", path: "/api/v2/orders", body: xmlHead, header: asXML, status: 400, want: []string{"no element"}},
	{name: "JSON that says it is XML", method: "POST", path: "/api/v2/orders", body: `{"a":1}`, header: asXML, status: 400},
	{name: "XML that says it is JSON", method: "POST", path: "/api/v2/orders", body: `<order/>`, status: 400},
	{name: "broken off", method: "POST", path: "/api/v2/orders", body: `<order><a>`, header: asXML, status: 400, want: []string{"no end, at byte 10"}},
	{name: "name twice", method: "POST", path: "/api/v2/orders", body: `<order><a>1</a><a>2</a></order>`, header: asXML, status: 400, want: []string{`\"a\" twice`}},
	{name: "invalid UTF-8", method: "POST", path: "/api/v2/orders", body: "<order><a>\xff</a></order>", header: asXML, status: 400, want: []string{"UTF-8"}},
	{name: "other encoding", method: "POST", path: "/api/v2/orders", body: `<?xml version="1.0" encoding="ISO-8859-1"?><order/>`, header: asXML, status: 415},
	{name: "other charset", method: "POST", path: "/api/v2/orders", body: `<order/>`, header: []string{"Content-Type: application/xml; charset=utf-16"}, status: 415},
	{name: "32 deep", method: "POST", path: "/api/v2/orders", body: "<order>" + strings.Repeat("<a>", 31) + "<b>1</b>" + strings.Repeat("</a>", 31) + "</order>", header: asXML, status: 201, changes: true},
	{name: "33 deep", method: "POST", path: "/api/v2/orders", body: "<order>" + strings.Repeat("<a>", 32) + "<b>1</b>" + strings.Repeat("</a>", 32) + "</order>", header: asXML, status: 400, want: []string{"nested"}},
	{name: "absurdly deep", method: "POST", path: "/api/v2/orders", body: strings.Repeat("<a>", 100000), header: asXML, status: 400, want: []string{"nested"}},
	{name: "too large", method: "POST", path: "/api/v2/orders", body: "<order><a>" + strings.Repeat("x", large) + "</a></order>", header: asXML, status: 413},

	// What an attacker would send.
	{name: "external entity", method: "POST", path: "/api/v2/orders", body: `<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><o><a>&x;</a></o>`, header: asXML, status: 400, want: []string{"a document type"}},
	{name: "entities of entities", method: "POST", path: "/api/v2/orders", body: `<!DOCTYPE o [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;">]><o><a>&b;</a></o>`, header: asXML, status: 400, want: []string{"a document type"}},
	{name: "document type elsewhere", method: "POST", path: "/api/v2/orders", body: xmlHead + `<!DOCTYPE o SYSTEM "http://127.0.0.1/"><o/>`, header: asXML, status: 400, want: []string{"a document type"}},
	{name: "entity that nobody declared", method: "POST", path: "/api/v2/orders", body: `<o><a>&x;</a></o>`, header: asXML, status: 400, want: []string{"entity"}},
	{name: "entity of HTML", method: "POST", path: "/api/v2/orders", body: `<o><a>&nbsp;</a></o>`, header: asXML, status: 400},
	{name: "style sheet", method: "POST", path: "/api/v2/orders", body: `<?xml-stylesheet href="http://127.0.0.1/"?><o/>`, header: asXML, status: 400, want: []string{"processing instruction"}},
	{name: "inclusion", method: "POST", path: "/api/v2/orders", body: `<o xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd"/></o>`, header: asXML, status: 400, want: []string{"prefix"}},
	{name: "markup in a value stays text", method: "POST", path: "/api/v2/orders.xml", body: `{"a":"</a><id>7</id><!--","]]>":"]]>"}`, status: 201, changes: true,
		want: []string{"<a>&lt;/a&gt;&lt;id&gt;7&lt;/id&gt;&lt;!--</a>", "<_x005D__x005D__x003E_>]]&gt;</_x005D__x005D__x003E_>"}},
	{name: "markup in an error stays text", method: "GET", path: "/api/v2/orders/1.xml?%3Ca%3E", status: 400, want: []string{"&lt;a&gt;"}},
}

// TestXMLPutTakesWhatGetGives: a client that changes one field of what it got, and leaves out the fields of the server, loses
// nothing.
func TestXMLPutTakesWhatGetGives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"zip":"01234","sku":"12345","n":1e999,"big":12345678901234567890,"t":"true","f":false,"null":null,"e":"","s":" \t\r\n ","c":"\u0000\ufffe",` +
		`"a":[],"o":{},"as":[[],[[1]],{},{"value":1},null,"x"],"values":{"value":1},"lines":[{"line":1}],"a b":{"_x0020_":1,"":2},"xml":"]]>&amp;","größe":"ß"}`
	expect(t, w.request(t, "admin", "PUT", "/api/v2/orders/2", body), 200)
	before := w.request(t, "admin", "GET", "/api/v2/orders/2", "")
	got := expect(t, w.request(t, "admin", "GET", "/api/v2/orders/2.xml", ""), 200).body
	mine := cutElement(cutElement(cutElement(got, "id"), "date_created"), "date_modified")
	expect(t, w.request(t, "admin", "PUT", "/api/v2/orders/1.xml", mine, "Content-Type: application/xml"), 200)
	// Order 1 had two fields of its own, which a PUT of others leaves alone.
	after := fieldsOf(t, w.request(t, "admin", "GET", "/api/v2/orders/1", "").body)
	delete(after, "status")
	delete(after, "total")
	want := fieldsOf(t, before.body)
	after["id"] = want["id"]
	for _, below := range perms.Store().Below("orders") { // each leads to its own
		delete(after, perms.LastSegment(below.Path))
		delete(want, perms.LastSegment(below.Path))
	}
	if !reflect.DeepEqual(after, want) {
		t.Errorf("by way of\n%s\ngot  %v\nwant %v", got, after, want)
	}
}

// fieldsOf reads an object, and keeps numbers as they are written.
func fieldsOf(t *testing.T, text string) (fields map[string]any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	must(t, decoder.Decode(&fields))
	return fields
}

func expect(t *testing.T, got reply, status int) reply {
	t.Helper()
	if got.status != status {
		t.Fatalf("got %d %s, want %d", got.status, got.body, status)
	}
	return got
}

func cutElement(text, name string) string {
	before, rest, _ := strings.Cut(text, "<"+name+">")
	_, after, _ := strings.Cut(rest, "</"+name+">")
	return before + after
}
