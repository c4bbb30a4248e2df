package call_test

import (
	stdxml "encoding/xml"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/xml"
	"latchkey/db/data"
	"latchkey/perms"
)

// sentAsXML is the body that a client gets of an answer in XML.
func sentAsXML(t *testing.T, json, name string) []byte {
	t.Helper()
	answer, err := call.Response{Status: http.StatusOK, Body: []byte(json)}.InXML(name)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	answer.Write(w)
	return w.Body.Bytes()
}

// TestEveryResourceHasASingular: a list and its elements have different names, and the elements' is an XML name.
func TestEveryResourceHasASingular(t *testing.T) {
	t.Parallel()
	for _, resource := range perms.Store().Resources() {
		if resource.Backend != perms.Documents || resource.Requests[0].Endpoint == perms.Single {
			continue
		}
		name := call.XMLName(perms.Route{Resource: resource})
		var list struct {
			XMLName  stdxml.Name
			Elements []struct{ XMLName stdxml.Name } `xml:",any"`
		}
		if err := stdxml.Unmarshal(sentAsXML(t, "[{}]", name), &list); err != nil {
			t.Fatal(err)
		}
		if element := list.Elements[0].XMLName.Local; list.XMLName.Local != name || element == name || element == "value" && name != "values" {
			t.Errorf("%s: got the elements %q of %q", resource.Name, element, name)
		}
	}
}

// TestOneDocumentFitsAsXML: however a document is made, its change can be answered. XML grows with its JSON, so that
// smaller ones tell of the largest.
func TestOneDocumentFitsAsXML(t *testing.T) {
	t.Parallel()
	const size = 1 << 13
	documents := map[string]string{
		"a long name": `{"` + strings.Repeat(" ", size) + `":0}`,
		"markup":      `{"a":"` + strings.Repeat("&", size) + `"}`,
	}
	for length := 8; length <= 1<<10; length += 8 { // the elements of an array have its name, up to some length
		list := `{"` + strings.Repeat("a", length) + `s":[`
		documents["numbers "+strconv.Itoa(length)] = list + `0` + strings.Repeat(",0", size/2) + `]}`
		documents["arrays "+strconv.Itoa(length)] = list + `[]` + strings.Repeat(",[]", size/3) + `]}`
		documents["marked texts "+strconv.Itoa(length)] = list + `"1"` + strings.Repeat(`,"1"`, size/4) + `]}`
	}
	for name, document := range documents {
		if got := sentAsXML(t, document, "order"); len(got)/len(document) >= xml.MaxSize/data.MaxBody {
			t.Errorf("%s: got %d bytes of %d", name, len(got), len(document))
		}
	}
	page := `[` + strings.Repeat(`{"a":"`+strings.Repeat("&", 1<<20)+`"},`, 14) + `{}]`
	_, err := call.Response{Body: []byte(page)}.InXML("orders")
	var refused *call.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a page: got %v, want it to be refused", err)
	}
}
