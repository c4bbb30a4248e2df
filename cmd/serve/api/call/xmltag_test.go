package call_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/cmd/serve/api/call"
)

func TestXMLHasTagsOfItsOwn(t *testing.T) {
	t.Parallel()
	header := map[string]string{"ETag": `"7"`}
	for _, one := range []call.Response{{Status: 200, Header: header, Body: []byte("{}")}, {Status: http.StatusNotModified, Header: header}} {
		got, err := one.InXML("orders")
		if err != nil || got.Header["ETag"] != `"7;xml"` || header["ETag"] != `"7"` {
			t.Errorf("%d: got %v, %v; the handler's own is now %v", one.Status, got.Header, err, header)
		}
	}
	if got, err := (call.Response{Status: http.StatusNoContent}).InXML("orders"); err != nil || got.Header != nil {
		t.Errorf("without a tag: got %v, %v", got.Header, err)
	}
}

func TestHandlersKnowTheTagsOfJSON(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		field, value string
		wanted       call.Format
		want         string
	}{
		{"If-Match", `"7"`, call.FormatJSON, `"7"`},
		{"If-Match", `"7;xml"`, call.FormatJSON, `"7"`},
		{"If-Match", `"7"`, call.FormatXML, `"7"`},
		{"If-Match", `"6;xml", "7"`, call.FormatXML, `"6", "7"`},
		{"If-Match", `*`, call.FormatXML, `*`},
		{"If-None-Match", `"7"`, call.FormatJSON, `"7"`},
		{"If-None-Match", `"7;xml"`, call.FormatXML, `"7"`},
		{"If-None-Match", `"7;xml"`, call.FormatJSON, `""`},
		{"If-None-Match", `"7"`, call.FormatXML, `""`},
		{"If-None-Match", `W/"7;xml" , "8","9;xml"`, call.FormatXML, `W/"7", "9"`},
		{"If-None-Match", `"a,b;xml"`, call.FormatXML, `"a,b"`},
		{"If-None-Match", `*`, call.FormatXML, `*`},
		{"If-None-Match", `7`, call.FormatJSON, `""`},
		{"If-Modified-Since", `x`, call.FormatXML, `x`},
	} {
		request := &http.Request{Header: http.Header{test.field: {test.value}}}
		got := call.WithoutXMLTags(request, test.wanted).Header[test.field]
		if strings.Join(got, "|") != test.want {
			t.Errorf("%s: %s for %d: got %q, want %q", test.field, test.value, test.wanted, got, test.want)
		}
		if request.Header.Get(test.field) != test.value {
			t.Errorf("%s: the request itself was changed", test.value)
		}
	}
}
