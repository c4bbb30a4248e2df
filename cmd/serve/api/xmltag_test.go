package api

import (
	"net/http"
	"strings"
	"testing"
)

func TestXMLHasTagsOfItsOwn(t *testing.T) {
	t.Parallel()
	header := map[string]string{"ETag": `"7"`}
	for _, one := range []answer{{status: 200, header: header, body: []byte("{}")}, {status: http.StatusNotModified, header: header}} {
		got, err := one.inXML("orders")
		if err != nil || got.header["ETag"] != `"7;xml"` || header["ETag"] != `"7"` {
			t.Errorf("%d: got %v, %v; the handler's own is now %v", one.status, got.header, err, header)
		}
	}
	if got, err := (answer{status: http.StatusNoContent}).inXML("orders"); err != nil || got.header != nil {
		t.Errorf("without a tag: got %v, %v", got.header, err)
	}
}

func TestHandlersKnowTheTagsOfJSON(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		field, value string
		wanted       format
		want         string
	}{
		{"If-Match", `"7"`, formatJSON, `"7"`},
		{"If-Match", `"7;xml"`, formatJSON, `"7"`},
		{"If-Match", `"7"`, formatXML, `"7"`},
		{"If-Match", `"6;xml", "7"`, formatXML, `"6", "7"`},
		{"If-Match", `*`, formatXML, `*`},
		{"If-None-Match", `"7"`, formatJSON, `"7"`},
		{"If-None-Match", `"7;xml"`, formatXML, `"7"`},
		{"If-None-Match", `"7;xml"`, formatJSON, `""`},
		{"If-None-Match", `"7"`, formatXML, `""`},
		{"If-None-Match", `W/"7;xml" , "8","9;xml"`, formatXML, `W/"7", "9"`},
		{"If-None-Match", `"a,b;xml"`, formatXML, `"a,b"`},
		{"If-None-Match", `*`, formatXML, `*`},
		{"If-None-Match", `7`, formatJSON, `""`},
		{"If-Modified-Since", `x`, formatXML, `x`},
	} {
		request := &http.Request{Header: http.Header{test.field: {test.value}}}
		got := withoutXMLTags(request, test.wanted).Header[test.field]
		if strings.Join(got, "|") != test.want {
			t.Errorf("%s: %s for %d: got %q, want %q", test.field, test.value, test.wanted, got, test.want)
		}
		if request.Header.Get(test.field) != test.value {
			t.Errorf("%s: the request itself was changed", test.value)
		}
	}
}
