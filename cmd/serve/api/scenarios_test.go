package api_test

import (
	"fmt"
	"strings"
	"testing"
)

type scenario struct {
	name   string
	as     string // persona; "": admin
	method string
	path   string
	body   string
	header []string // of the request, "Name: value"; without a value the field is left out

	status  int
	want    []string          // fragments of the body
	fields  map[string]string // of the header
	changes bool              // the databases are not as before
}

const large = 1 << 20

var scenarios = []scenario{
	// System resources.
	{name: "time needs no permission", as: "idle", method: "GET", path: "/api/v2/time", status: 200, want: []string{`{"time":1772366400}`}},
	{name: "time with extension and slash", as: "idle", method: "GET", path: "/api/v2/time.json/", status: 200, want: []string{`"time"`}},
	{name: "store needs its permission", as: "viewer", method: "GET", path: "/api/v2/store", status: 403, want: []string{"permission store:view is required", `"permission":"store:view"`}},
	{name: "store", method: "GET", path: "/api/v2/store", header: []string{"Host: ignored"}, status: 200, want: []string{`"domain":"127.0.0.1"`, `"secure_url":"https://127.0.0.1:8443"`}},
	{name: "store, changed", method: "PUT", path: "/api/v2/store", body: `{"name":"Shoes","domain":"shop.example"}`, status: 200, changes: true, want: []string{`{"domain":"shop.example","name":"Shoes","secure_url":"https://127.0.0.1:8443"`}},
	{name: "store, not changed by view", as: "viewer", method: "PUT", path: "/api/v2/store", body: `{}`, status: 403, want: []string{"store:edit"}},
	{name: "store, changed by nothing", method: "PUT", path: "/api/v2/store", status: 200, want: []string{`"domain"`}},
	{name: "store has no number to change", method: "PUT", path: "/api/v2/store", body: `{"id":2}`, status: 400, want: []string{`The field 'id' is invalid.`}},
	{name: "store, not deleted", method: "DELETE", path: "/api/v2/store", status: 405},
	{name: "time is not for writing", method: "POST", path: "/api/v2/time", body: "{}", status: 405, fields: map[string]string{"Allow": "GET, HEAD, OPTIONS"}},

	// Finding the route.
	{name: "unknown path", method: "GET", path: "/api/v2/nothing", status: 404},
	{name: "outside the API", method: "GET", path: "/", status: 404},
	{name: "id with a leading zero", method: "GET", path: "/api/v2/orders/01", status: 404},
	{name: "PATCH", method: "PATCH", path: "/api/v2/orders/1", body: `{"a":1}`, status: 501},
	{name: "TRACE", method: "TRACE", path: "/api/v2/orders", status: 501},
	{name: "invented method", method: "FROB", path: "/api/v2/orders", status: 501},
	{name: "PATCH of nothing", method: "PATCH", path: "/api/v2/nothing", status: 404},
	{name: "405 of an item", method: "POST", path: "/api/v2/orders/1", body: "{}", status: 405, fields: map[string]string{"Allow": "DELETE, GET, HEAD, OPTIONS, PUT"}},
	{name: "405 of a count", method: "DELETE", path: "/api/v2/orders/count", status: 405, fields: map[string]string{"Allow": "GET, HEAD, OPTIONS"}},
	{name: "405 comes before 403", as: "idle", method: "PUT", path: "/api/v2/orders", status: 405},
	{name: "OPTIONS", as: "idle", method: "OPTIONS", path: "/api/v2/orders", status: 200, fields: map[string]string{"Allow": "DELETE, GET, HEAD, OPTIONS, POST", "Content-Length": "0"}},
	{name: "OPTIONS of nothing", method: "OPTIONS", path: "/api/v2/nothing", status: 404},

	// Permissions.
	{name: "nothing allowed", as: "idle", method: "GET", path: "/api/v2/orders", status: 403, want: []string{`[{"status":403,"message":"permission orders:view is required","details":{"permission":"orders:view"}}]`}},
	{name: "viewing is not creating", as: "viewer", method: "POST", path: "/api/v2/orders", body: "{}", status: 403, want: []string{"permission orders:create"}},
	{name: "viewing is not editing", as: "viewer", method: "PUT", path: "/api/v2/orders/1", body: `{"a":1}`, status: 403, want: []string{"permission orders:edit"}},
	{name: "viewing is not deleting", as: "viewer", method: "DELETE", path: "/api/v2/orders/1", status: 403, want: []string{"permission orders:delete"}},
	{name: "deny beats allow and is named", as: "limited", method: "DELETE", path: "/api/v2/orders/1", status: 403, want: []string{"permission orders:delete is required; the rule 'deny orders:delete' denies it", `"denied_by":"deny orders:delete"`}},
	{name: "deny by a pattern", as: "limited", method: "DELETE", path: "/api/v2/orders", status: 403, want: []string{`"denied_by":"deny *:delete_all"`}},
	{name: "sub-resource read by the parent's view", as: "viewer", method: "GET", path: "/api/v2/orders/1/shipments", status: 200, want: []string{`"weight":3`}},
	{name: "sub-resource changed by the parent's edit", as: "editor", method: "POST", path: "/api/v2/orders/1/shipments", body: `{"weight":4}`, status: 201, changes: true},
	{name: "sub-resource deleted by the parent's edit", as: "editor", method: "DELETE", path: "/api/v2/orders/1/shipments", status: 204, changes: true},
	{name: "sub-resource not changed by view", as: "viewer", method: "POST", path: "/api/v2/orders/1/shipments", body: `{}`, status: 403, want: []string{"orders:edit"}},
	{name: "403 before the body is looked at", as: "idle", method: "POST", path: "/api/v2/orders", body: "nonsense", status: 403},
	{name: "403 before the document is looked for", as: "idle", method: "GET", path: "/api/v2/orders/99", status: 403},

	// Reading documents.
	{name: "list", method: "GET", path: "/api/v2/orders", status: 200, want: []string{
		`[{"id":1,"status":"new","total":5,"date_created":"Sun, 01 Mar 2026 12:00:00 +0000","date_modified":"Sun, 01 Mar 2026 12:00:00 +0000","coupons":{`, `"resource":"/orders/1/taxes"}},{"id":2,"date_created":`}},
	{name: "page of one", method: "GET", path: "/api/v2/orders?limit=1&page=2", status: 200, want: []string{`[{"id":2,`}},
	{name: "page beyond the end", method: "GET", path: "/api/v2/orders?page=9", status: 204},
	{name: "page far beyond the end", method: "GET", path: "/api/v2/orders?page=99999999999999999999999", status: 204},
	{name: "page just countable", method: "GET", path: "/api/v2/orders?limit=250&page=9223372036854775807", status: 204},
	{name: "empty collection", method: "GET", path: "/api/v2/brands", status: 204},
	{name: "limit at its end", method: "GET", path: "/api/v2/orders?limit=250", status: 200},
	{name: "limit above", method: "GET", path: "/api/v2/orders?limit=251", status: 413, want: []string{"limit"}},
	{name: "limit far above", method: "GET", path: "/api/v2/orders?limit=99999999999999999999999", status: 413},
	{name: "limit zero", method: "GET", path: "/api/v2/orders?limit=0", status: 400},
	{name: "limit negative", method: "GET", path: "/api/v2/orders?limit=-1", status: 400},
	{name: "limit with a sign", method: "GET", path: "/api/v2/orders?limit=%2B1", status: 400},
	{name: "limit no number", method: "GET", path: "/api/v2/orders?limit=ten", status: 400, want: []string{`"parameter":"limit"`}},
	{name: "limit empty", method: "GET", path: "/api/v2/orders?limit=", status: 400},
	{name: "page zero", method: "GET", path: "/api/v2/orders?page=0", status: 400},
	{name: "page twice", method: "GET", path: "/api/v2/orders?page=1&page=2", status: 400},
	{name: "filter", method: "GET", path: "/api/v2/orders?status=new", status: 200, want: []string{`[{"id":1,`}},
	{name: "filter by a field that nothing has", method: "GET", path: "/api/v2/orders?colour=red", status: 204},
	{name: "count with a filter", method: "GET", path: "/api/v2/orders/count?min_id=2", status: 200, want: []string{`{"count":1,"statuses":[]}`}},
	{name: "filter twice", method: "GET", path: "/api/v2/orders?status=new&status=old", status: 400, want: []string{`"parameter":"status"`}},
	{name: "filter without a number", method: "GET", path: "/api/v2/orders?min_id=many", status: 400, want: []string{`"message":"the query parameter 'min_id' is not a number"`, `"parameter":"min_id"`}},
	{name: "filter without a date", method: "GET", path: "/api/v2/orders?max_date_modified=yesterday", status: 400, want: []string{`"parameter":"max_date_modified"`}},
	{name: "filter by a day that there is not", method: "GET", path: "/api/v2/orders?min_date_created=2026-02-30", status: 400, want: []string{`"parameter":"min_date_created"`}},
	{name: "range of nothing", method: "GET", path: "/api/v2/orders/count?min_total=", status: 400, want: []string{`"parameter":"min_total"`}},
	{name: "filter of invalid UTF-8", method: "GET", path: "/api/v2/orders?status=%FF", status: 400, want: []string{"UTF-8"}},
	{name: "filter named in invalid UTF-8", method: "DELETE", path: "/api/v2/orders?%FF=1", status: 400, want: []string{"UTF-8"}},
	{name: "too many filters", method: "GET", path: "/api/v2/orders?" + manyFilters(11), status: 400, want: []string{"more than 10"}},
	{name: "many filters", method: "GET", path: "/api/v2/orders?" + manyFilters(10), status: 204},
	{name: "sorted", method: "GET", path: "/api/v2/orders?sort=id:desc&limit=1", status: 200, want: []string{`[{"id":2,`}},
	{name: "sorted by nothing", method: "GET", path: "/api/v2/orders?sort=", status: 400, want: []string{`"parameter":"sort"`}},
	{name: "sorted by half a list", method: "GET", path: "/api/v2/orders?sort=id,", status: 400, want: []string{`"parameter":"sort"`}},
	{name: "sorted by no field", method: "GET", path: "/api/v2/orders?sort=colour", status: 400, want: []string{`"parameter":"sort"`, "nothing here has: use one of date_created, date_modified, id"}},
	{name: "sorted downwards as elsewhere", method: "GET", path: "/api/v2/orders?sort=-id", status: 400, want: []string{"; :desc after it sorts downwards"}},
	{name: "sorted by no field, where there is nothing", method: "GET", path: "/api/v2/coupons?sort=colour", status: 204},
	{name: "users sorted by no field", method: "GET", path: "/api/v2/users?sort=-name", status: 400, want: []string{`"parameter":"sort"`, "created_at"}},
	{name: "sorted upwards", method: "GET", path: "/api/v2/orders?sort=id:up", status: 400, want: []string{`"parameter":"sort"`}},
	{name: "sorted twice by the same", method: "GET", path: "/api/v2/orders?sort=id,id:desc", status: 400, want: []string{`"parameter":"sort"`}},
	{name: "sorted by too much", method: "GET", path: "/api/v2/orders?sort=a,b,c,d,e,f,g,h,i", status: 400, want: []string{`"parameter":"sort"`}},
	{name: "sorted count", method: "GET", path: "/api/v2/orders/count?sort=id", status: 400},
	{name: "filter of an item", method: "GET", path: "/api/v2/orders/1?status=new", status: 400},
	{name: "malformed query", method: "GET", path: "/api/v2/orders?page=%zz", status: 400},
	{name: "semicolon in the query", method: "GET", path: "/api/v2/orders?page=1;limit=2", status: 400},
	{name: "count", method: "GET", path: "/api/v2/orders/count", status: 200, want: []string{`{"count":2,"statuses":[]}`}},
	{name: "count of none", method: "GET", path: "/api/v2/brands/count", status: 200, want: []string{`{"count":0}`}},
	{name: "count of a page", method: "GET", path: "/api/v2/orders/count?limit=1", status: 400},
	{name: "item", method: "GET", path: "/api/v2/orders/1", status: 200, want: []string{`{"id":1,"status":"new","total":5,`}},
	{name: "item with extension", method: "GET", path: "/api/v2/orders/1.json", status: 200, want: []string{`{"id":1,`}},
	{name: "no such item", method: "GET", path: "/api/v2/orders/9", status: 404},
	{name: "GET with a content type and a small body", method: "GET", path: "/api/v2/orders/1", body: "x", status: 200},
	{name: "sub-item", method: "GET", path: "/api/v2/orders/1/shipments/1", status: 200, want: []string{`"weight":3`}},
	{name: "sub-item of another parent", method: "GET", path: "/api/v2/orders/2/shipments/1", status: 404},
	{name: "sub-collection without its parent", method: "GET", path: "/api/v2/orders/9/shipments", status: 404, want: []string{"parent"}},
	{name: "empty sub-collection", method: "GET", path: "/api/v2/orders/2/shipments", status: 204},
	{name: "sub-collections of all parents", as: "viewer", method: "GET", path: "/api/v2/products/skus", status: 200, want: []string{`"sku":"S-1"`}},
	{name: "writing to all parents", method: "DELETE", path: "/api/v2/products/skus", status: 405},
	{name: "HEAD", method: "HEAD", path: "/api/v2/orders/count", status: 200, fields: map[string]string{"Content-Length": "26", "Content-Type": "application/json"}},

	// The type of the answer.
	{name: "any type", method: "GET", path: "/api/v2/time", header: []string{"Accept: */*"}, status: 200},
	{name: "bare json", method: "GET", path: "/api/v2/time", header: []string{"Accept: json"}, status: 200},
	{name: "JSON", method: "GET", path: "/api/v2/time", header: []string{"Accept: application/json"}, status: 200},
	{name: "a browser", method: "GET", path: "/api/v2/time", header: []string{"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, status: 200, want: []string{"<time>1772366400</time>"}},
	{name: "any type of application", method: "GET", path: "/api/v2/time", header: []string{"Accept: application/*"}, status: 200, want: []string{`{"time"`}},
	{name: "XML alone", method: "GET", path: "/api/v2/time", header: []string{"Accept: application/xml"}, status: 200,
		want: []string{xmlHead + "<time><time>1772366400</time></time>\n"}, fields: map[string]string{"Content-Type": "application/xml"}},
	{name: "XML by its older name", method: "GET", path: "/api/v2/time", header: []string{"Accept: text/xml"}, status: 200, want: []string{"<time>"}},
	{name: "XML of a vendor", method: "GET", path: "/api/v2/time", header: []string{"Accept: application/vnd.shop+xml"}, status: 200, want: []string{"<time>"}},
	{name: "another type made of XML", method: "GET", path: "/api/v2/time", header: []string{"Accept: application/atom+xml"}, status: 406},
	{name: "XML rather than JSON", method: "GET", path: "/api/v2/time", header: []string{"Accept: application/xml, application/json;q=0.5"}, status: 200, want: []string{"<time>"}},
	{name: "JSON rather than XML", method: "GET", path: "/api/v2/time", header: []string{"Accept: application/xml;q=0.5, application/json;q=0.9"}, status: 200, want: []string{`{"time"`}},
	{name: "both alike", method: "GET", path: "/api/v2/time", header: []string{"Accept: application/json, application/xml"}, status: 200, want: []string{`{"time"`}},
	{name: "two fields", method: "GET", path: "/api/v2/time", header: []string{"Accept: application/xml"}, status: 200, want: []string{"<time>"}},
	{name: "Java", method: "GET", path: "/api/v2/time", header: []string{"Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}, status: 200, want: []string{"<time>"}},
	{name: "Java of today", method: "GET", path: "/api/v2/time", header: []string{"Accept: text/html, image/gif, image/jpeg, */*; q=0.2"}, status: 200, want: []string{"<time>"}},
	{name: "a star alone beside what is not served", method: "GET", path: "/api/v2/time", header: []string{"Accept: text/html, *; q=.2"}, status: 200, want: []string{"<time>"}},
	{name: "Java by extension", method: "GET", path: "/api/v2/time.json", header: []string{"Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}, status: 200, want: []string{`{"time"`}},
	{name: "what is not served beside any type", method: "GET", path: "/api/v2/time", header: []string{"Accept: text/html, */*"}, status: 200, want: []string{`{"time"`}},
	{name: "any type, weakly", method: "GET", path: "/api/v2/time", header: []string{"Accept: */*;q=0.5"}, status: 200, want: []string{`{"time"`}},
	{name: "neither", method: "GET", path: "/api/v2/time", header: []string{"Accept: text/csv"}, status: 406, want: []string{"only JSON and XML"}},
	{name: "no JSON wanted", method: "GET", path: "/api/v2/time", header: []string{"Accept: application/json;q=0, text/html"}, status: 406},
	{name: ".xml", method: "GET", path: "/api/v2/time.xml", status: 200, want: []string{"<time>"}},
	{name: ".xml for any type", method: "GET", path: "/api/v2/time.xml", header: []string{"Accept: */*"}, status: 200, want: []string{"<time>"}},
	{name: ".xml overruled", method: "GET", path: "/api/v2/time.xml", header: []string{"Accept: application/json"}, status: 200, want: []string{`{"time"`}},
	{name: ".xml for a bare json", method: "GET", path: "/api/v2/time.xml", header: []string{"Accept: json"}, status: 200, want: []string{"<time>"}},
	{name: ".xml when neither is wanted", method: "GET", path: "/api/v2/time.xml", header: []string{"Accept: text/csv"}, status: 200, want: []string{"<time>"}},
	{name: ".xml before a weaker wish", method: "GET", path: "/api/v2/time.xml", header: []string{"Accept: application/json;q=0.9"}, status: 200, want: []string{"<time>"}},
	{name: "XML overruled by .json", method: "GET", path: "/api/v2/time.json", header: []string{"Accept: application/xml;q=0.5"}, status: 200, want: []string{`{"time"`}},
	{name: "406 changes nothing", method: "POST", path: "/api/v2/orders", body: "{}", header: []string{"Accept: text/csv"}, status: 406},
	{name: "406 deletes nothing", method: "DELETE", path: "/api/v2/orders", header: []string{"Accept: text/html"}, status: 406},

	// Creating.
	{name: "create", method: "POST", path: "/api/v2/orders", body: `{"status":"paid","lines":[{"a":1},{"a":2}]}`, status: 201, changes: true,
		want: []string{`{"id":3,"lines":[{"a":1},{"a":2}],"status":"paid","date_created":"Sun, 01 Mar 2026`}, fields: map[string]string{"Location": "/api/v2/orders/3"}},
	{name: "create below a parent by an older spelling", method: "POST", path: "/api/v2/products/1/customfields.json/", body: `{"a":1}`, status: 201, changes: true,
		fields: map[string]string{"Location": "/api/v2/products/1/custom_fields/1"}},
	{name: "create an empty one", method: "POST", path: "/api/v2/orders", body: ` { } `, status: 201, changes: true, want: []string{`{"id":3,"date_created"`}},
	{name: "create below nothing", method: "POST", path: "/api/v2/orders/9/shipments", body: `{}`, status: 404},
	{name: "create with a query", method: "POST", path: "/api/v2/orders?dry=1", body: `{}`, status: 400},
	{name: "create of nothing", method: "POST", path: "/api/v2/orders", status: 400, want: []string{"empty"}},
	{name: "create of spaces", method: "POST", path: "/api/v2/orders", body: " \n", status: 400},
	{name: "bare content type", method: "POST", path: "/api/v2/orders", body: `{}`, header: []string{"Content-Type: json"}, status: 201, changes: true},
	{name: "byte order mark", method: "POST", path: "/api/v2/orders", body: "\ufeff{}", status: 201, changes: true},
	{name: "content type with charset", method: "POST", path: "/api/v2/orders", body: `{}`, header: []string{"Content-Type: application/json; charset=UTF-8"}, status: 201, changes: true},
	{name: "content type of the family", method: "POST", path: "/api/v2/orders", body: `{}`, header: []string{"Content-Type: application/vnd.shop+json"}, status: 201, changes: true},
	{name: "no content type", method: "POST", path: "/api/v2/orders", body: `{}`, header: []string{"Content-Type: "}, status: 415},
	{name: "form", method: "POST", path: "/api/v2/orders", body: `a=1`, header: []string{"Content-Type: application/x-www-form-urlencoded"}, status: 415},
	{name: "other charset", method: "POST", path: "/api/v2/orders", body: `{}`, header: []string{"Content-Type: application/json; charset=latin1"}, status: 415},
	{name: "compressed", method: "POST", path: "/api/v2/orders", body: `{}`, header: []string{"Content-Encoding: gzip"}, status: 415},
	{name: "array", method: "POST", path: "/api/v2/orders", body: `[{}]`, status: 400, want: []string{"object"}},
	{name: "null", method: "POST", path: "/api/v2/orders", body: `null`, status: 400},
	{name: "text", method: "POST", path: "/api/v2/orders", body: `"x"`, status: 400},
	{name: "broken off", method: "POST", path: "/api/v2/orders", body: `{"a":`, status: 400, want: []string{"not valid JSON"}},
	{name: "trailing garbage", method: "POST", path: "/api/v2/orders", body: `{"a":1}{}`, status: 400},
	{name: "name twice", method: "POST", path: "/api/v2/orders", body: `{"a":1,"\u0061":2}`, status: 400, want: []string{`\"a\" twice`}},
	{name: "name twice deep inside", method: "POST", path: "/api/v2/orders", body: `{"a":[{"b":{"c":"b","c":1}}]}`, status: 400},
	{name: "equal names in different objects", method: "POST", path: "/api/v2/orders", body: `{"a":{"a":"a"},"b":[{"a":"b"},{"a":1}]}`, status: 201, changes: true},
	{name: "number beyond float64", method: "POST", path: "/api/v2/orders", body: `{"a":1e999}`, status: 201, changes: true, want: []string{`"a":1e999`}},
	{name: "NUL in a name", method: "POST", path: "/api/v2/orders", body: `{"a\u0000b":1}`, status: 400, want: []string{"U+0000"}},
	{name: "NUL in a text", method: "POST", path: "/api/v2/orders", body: `{"a":"\u0000"}`, status: 201, changes: true},
	{name: "invalid UTF-8", method: "POST", path: "/api/v2/orders", body: "{\"a\":\"\xff\"}", status: 400, want: []string{"UTF-8"}},
	{name: "32 deep", method: "POST", path: "/api/v2/orders", body: `{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, status: 201, changes: true},
	{name: "33 deep", method: "POST", path: "/api/v2/orders", body: `{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, status: 400, want: []string{"nested"}},
	{name: "absurdly deep", method: "POST", path: "/api/v2/orders", body: strings.Repeat(`{"a":`, 100000), status: 400},
	{name: "large", method: "POST", path: "/api/v2/orders", body: `{"a":"` + strings.Repeat("x", large-8) + `"}`, status: 201, changes: true},
	{name: "too large", method: "POST", path: "/api/v2/orders", body: `{"a":"` + strings.Repeat("x", large-7) + `"}`, status: 413},
	{name: "the server's id", method: "POST", path: "/api/v2/orders", body: `{"id":7}`, status: 400, want: []string{`"message":"The field 'id' is invalid."`}},
	{name: "the server's date", method: "POST", path: "/api/v2/orders", body: `{"date_created":"now"}`, status: 400, want: []string{`The field 'date_created' is invalid.`}},

	// Changing.
	{name: "update", method: "PUT", path: "/api/v2/orders/1", body: `{"status":"paid","note":"<&>"}`, status: 200, changes: true, want: []string{`{"id":1,"note":"<&>","status":"paid","total":5,`}},
	{name: "update with an empty body", method: "PUT", path: "/api/v2/orders/1", status: 200, want: []string{`{"id":1,"status":"new","total":5,`}},
	{name: "update with nothing", method: "PUT", path: "/api/v2/orders/1", body: "{}", status: 200},
	{name: "update of the id", method: "PUT", path: "/api/v2/orders/1", body: `{"id":1}`, status: 400},
	{name: "update of the date", method: "PUT", path: "/api/v2/orders/1", body: `{"date_modified":"x"}`, status: 400},
	{name: "update of none", method: "PUT", path: "/api/v2/orders/9", body: `{"a":1}`, status: 404},
	{name: "update of another parent's", method: "PUT", path: "/api/v2/orders/2/shipments/1", body: `{"a":1}`, status: 404},
	{name: "update to too large", method: "PUT", path: "/api/v2/orders/1", body: `{"a":"` + strings.Repeat("x", large-20) + `"}`, status: 413},
	{name: "update without a content type", method: "PUT", path: "/api/v2/orders/1", body: `{"a":1}`, header: []string{"Content-Type: "}, status: 415},

	// Deleting.
	{name: "delete", method: "DELETE", path: "/api/v2/orders/1", status: 204, changes: true},
	{name: "delete with a body", method: "DELETE", path: "/api/v2/orders/1", body: "{}", status: 204, changes: true},
	{name: "delete none", method: "DELETE", path: "/api/v2/orders/9", status: 404},
	{name: "delete another parent's", method: "DELETE", path: "/api/v2/orders/2/shipments/1", status: 404},
	{name: "delete all", method: "DELETE", path: "/api/v2/orders", status: 204, changes: true},
	{name: "delete all of none", method: "DELETE", path: "/api/v2/brands", status: 204},
	{name: "delete all of a filter", method: "DELETE", path: "/api/v2/orders?min_id=2", status: 204, changes: true},
	{name: "delete all of a filter that leaves none", method: "DELETE", path: "/api/v2/orders?status=ne", status: 204},
	{name: "delete all of a field that nothing has", method: "DELETE", path: "/api/v2/orders?colour=red", status: 204},
	{name: "delete all of a filter that is none", method: "DELETE", path: "/api/v2/orders?min_id=x", status: 400, want: []string{`"parameter":"min_id"`}},
	{name: "delete all in an order", method: "DELETE", path: "/api/v2/orders?sort=id", status: 400},
	{name: "delete all of a filter below nothing", method: "DELETE", path: "/api/v2/orders/9/shipments?min_id=1", status: 404},
	{name: "delete all of one page", method: "DELETE", path: "/api/v2/orders?page=1", status: 400},
	{name: "delete one with a query", method: "DELETE", path: "/api/v2/orders/1?x", status: 400},
}

// manyFilters are so many different filters, which no document matches.
func manyFilters(many int) string {
	var parts []string
	for i := range many {
		parts = append(parts, fmt.Sprintf("field%d=x", i))
	}
	return strings.Join(parts, "&")
}

// TestScenarios makes one request each and checks the databases afterwards.
func TestScenarios(t *testing.T) {
	t.Parallel()
	runScenarios(t, scenarios)
}

// TestXMLScenarios are scenarios with XML, in requests and responses.
func TestXMLScenarios(t *testing.T) {
	t.Parallel()
	runScenarios(t, xmlScenarios)
}

// runScenarios runs each scenario that changes something in a world of its own. The others run in one world one after the
// other, and must not change it.
func runScenarios(t *testing.T, list []scenario) {
	t.Helper()
	calm := newWorld(t)
	for _, test := range list {
		t.Run(strings.ReplaceAll(test.name, " ", "_"), func(t *testing.T) {
			if !test.changes {
				test.run(t, calm)
				return
			}
			t.Parallel()
			test.run(t, newWorld(t))
		})
	}
}

func (test scenario) run(t *testing.T, w *world) {
	t.Helper()
	before := w.state(t)
	persona := test.as
	if persona == "" {
		persona = "admin"
	}
	got := w.request(t, persona, test.method, test.path, test.body, test.header...)
	test.check(t, got)
	if changed := w.state(t) != before; changed != test.changes {
		t.Errorf("the databases changed: got %v, want %v\nbefore:\n%safter:\n%s", changed, test.changes, before, w.state(t))
	}
	if log := w.log.String(); log != "" {
		t.Errorf("got the log %q, want none", log)
	}
}

func (test scenario) check(t *testing.T, got reply) {
	t.Helper()
	if got.status != test.status {
		t.Errorf("got status %d, want %d; body %.200q", got.status, test.status, got.body)
	}
	for _, fragment := range test.want {
		if !strings.Contains(got.body, fragment) {
			t.Errorf("got body %.500q, want %q in it", got.body, fragment)
		}
	}
	for name, value := range test.fields {
		if got.header.Get(name) != value {
			t.Errorf("got %s: %q, want %q", name, got.header.Get(name), value)
		}
	}
	if got.status >= 400 {
		checkError(t, got)
	}
	if (got.status == 204 || test.method == "HEAD") && got.body != "" {
		t.Errorf("got body %q, want none", got.body)
	}
	checkHeader(t, got)
}
