package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"latchkey/db/data"
	"latchkey/perms"
)

// contract is an operation of the OpenAPI document with a request that is right.
type contract struct {
	*described
	name           string // resource, endpoint and method
	resource       perms.Resource
	request        perms.Request
	template, path string
	body           string
}

// contracts has every request type that is served here.
func contracts(t *testing.T, document *described) (all []contract) {
	t.Helper()
	for _, resource := range perms.Store().Resources() {
		for _, request := range resource.Requests {
			of := contract{described: document, resource: resource, request: request,
				name: resource.Name + " " + string(request.Endpoint) + " " + request.Method}
			of.template = strings.Replace(resource.RequestPath(request), "/{id}/", "/{parent_id}/", 1)
			of.path = strings.NewReplacer("{id}", "1", "{parent_id}", "1").Replace(of.template)
			if step, known := panelSteps[of.name]; known {
				of.path, of.body = perms.BasePath+"/"+step.path, step.body
			} else if request.Method == "POST" || request.Method == "PUT" {
				of.body = `{"name":"x"}`
			}
			if request.Method == "DELETE" && request.Endpoint == perms.Collection {
				of.path += "?name=nothing"
			}
			if operation, _ := document.at("paths", of.template, strings.ToLower(request.Method)); operation == nil {
				t.Errorf("%s: the document has no %s %s", of.name, request.Method, of.template)
				continue
			}
			all = append(all, of)
		}
	}
	return all
}

// parameters are those that the document has for the operation, references followed.
func (c contract) parameters() (all []map[string]any) {
	list, _ := c.at("paths", c.template, strings.ToLower(c.request.Method), "parameters")
	entries, _ := list.([]any)
	for _, entry := range entries {
		one, _ := entry.(map[string]any)
		if reference, named := one["$ref"].(string); named {
			found, _ := c.at(strings.Split(strings.TrimPrefix(reference, "#/"), "/")...)
			one, _ = found.(map[string]any)
		}
		all = append(all, one)
	}
	return all
}

// bodySchema is the schema of the body and the pointer to it; nil: the document has none.
func (c contract) bodySchema() (schema map[string]any, pointer string) {
	found, pointer := c.at("paths", c.template, strings.ToLower(c.request.Method), "requestBody", "content", "application/json", "schema")
	schema, _ = found.(map[string]any)
	return schema, pointer
}

// allows tells whether a request is one that the document describes.
func (c contract) allows(t *testing.T, at, body string) bool {
	t.Helper()
	parsed, err := url.Parse(at)
	must(t, err)
	known := map[string]any{}
	for _, one := range c.parameters() {
		if one["in"] == "query" {
			known[fmt.Sprint(one["name"])] = one["schema"]
		}
	}
	filters, _ := known["filters"].(map[string]any) // any name, as the members of an object
	delete(known, "filters")
	for name, values := range parsed.Query() {
		schema, described := known[name]
		if !described && filters != nil {
			schema, described = filters["additionalProperties"], true
		}
		if !described || len(values) != 1 || !c.fits(t, schema, values[0]) {
			return false
		}
	}
	schema, pointer := c.bodySchema()
	if schema == nil || body == "" {
		return body == "" || schema != nil
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return false
	}
	compiled, err := c.compiler.Compile("openapi.json#" + pointer)
	must(t, err)
	return compiled.Validate(value) == nil
}

// fits tells whether the text of a parameter is what its schema says.
func (c contract) fits(t *testing.T, schema any, text string) bool {
	t.Helper()
	object, _ := schema.(map[string]any)
	var value any = text
	switch object["type"] {
	case "integer":
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return false
		}
		value = json.Number(strconv.FormatInt(number, 10))
	case "boolean":
		if text != "true" && text != "false" {
			return false
		}
		value = text == "true"
	}
	compiler := jsonschema.NewCompiler()
	must(t, compiler.AddResource("parameter.json", schema))
	compiled, err := compiler.Compile("parameter.json")
	must(t, err)
	return compiled.Validate(value) == nil
}

// send makes a request and compares what comes of it with the document: the status is described by name, the response is as
// described, and only what the document allows succeeds.
func (c contract) send(t *testing.T, w *world, what, persona, at, body string, header ...string) int {
	t.Helper()
	got := w.request(t, persona, c.request.Method, at, body, header...)
	c.check(t, c.name+" "+what, c.template, c.request.Method, got)
	if got.status < 300 && !c.allows(t, at, body) {
		t.Errorf("%s %s: %s %.200s is answered %d, and the document does not allow it", c.name, what, at, body, got.status)
	}
	return got.status
}

// with adds a query parameter to a path.
func with(at, name, value string) string {
	mark := "?"
	if strings.Contains(at, "?") {
		mark = "&"
	}
	return at + mark + url.QueryEscape(name) + "=" + url.QueryEscape(value)
}

// TestContract sends every request type, right and wrong in every way that its description tells, and holds requests and
// responses against the OpenAPI document, by a validator of JSON schemas.
func TestContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addRoles(t, "clerk", "spare")
	w.withOneOfEach(t)
	must(t, w.data.AppendRequestLogs(t.Context(), []data.RequestLog{{Time: now, Method: "GET", Status: 401}}, 9))
	all := contracts(t, describedBy(t, w))
	for _, of := range all {
		of.sendWrong(t, w)
		of.sendLong(t, w)
	}
	w.request(t, "admin", "DELETE", "/api/v2/draft", "") // a rollback of revision 1 is staged, which removes all there is
	slices.SortStableFunc(all, func(a, b contract) int { // what is deleted is gone, and what is below first
		return strings.Compare(order(a), order(b))
	})
	for _, of := range all {
		if !of.allows(t, of.path, of.body) {
			t.Errorf("%s: %s %s is right, and the document does not allow it", of.name, of.path, of.body)
		}
		if status := of.send(t, w, "right", "admin", of.path, of.body); status >= 300 && status != 404 && status != 409 {
			t.Errorf("%s: %s %s gets %d", of.name, of.path, of.body, status)
		}
	}
}

func order(c contract) string {
	if c.request.Method != "DELETE" {
		return "0"
	}
	return "1" + strconv.Itoa(9-strings.Count(c.path, "/"))
}

// sendWrong sends what is wrong by its status.
func (c contract) sendWrong(t *testing.T, w *world) {
	t.Helper()
	expected := func(what string, want int, got int) {
		t.Helper()
		if got != want {
			t.Errorf("%s %s: got %d, want %d", c.name, what, got, want)
		}
	}
	expected("by nobody", 401, c.send(t, w, "by nobody", "nobody", c.path, c.body))
	if !c.request.AnyUser {
		expected("without permission", 403, c.send(t, w, "without permission", "idle", c.path, c.body))
	}
	expected("of no type", 406, c.send(t, w, "of no type", "admin", c.path, c.body, "Accept: text/csv"))
	c.send(t, w, "with an unknown parameter", "admin", with(c.path, "nonsense", "1"), "", `If-Match: "never"`)
	for _, one := range c.parameters() {
		name, in := fmt.Sprint(one["name"]), one["in"]
		switch {
		case name == "If-Match":
			c.send(t, w, "as it was never", "admin", c.path, c.body, `If-Match: "never"`)
		case name == "If-None-Match":
			c.send(t, w, "as it is", "admin", c.path, c.body, "If-None-Match: *")
		case in == "query" && name != "filters":
			for _, value := range []string{"", "x", "0", "-1", "251", "1e3", "maybe", "TRUE", "1.5", " 1", "\u00e9"} {
				c.send(t, w, "with "+name+"="+value, "admin", with(strings.Split(c.path, "?")[0], name, value), "", `If-Match: "never"`)
			}
		}
	}
	if c.request.Method != "POST" && c.request.Method != "PUT" {
		return
	}
	expected("of a type that is not read", 415, c.send(t, w, "of a type that is not read", "admin", c.path, `{"name":"x"}`, "Content-Type: text/plain"))
	expected("too large", 413, c.send(t, w, "too large", "admin", c.path, `{"name":"`+strings.Repeat("x", 2<<20)+`"}`))
	for _, body := range []string{"[]", "null", "1", `"x"`, "{", `{"zzz":1}`, "{}"} {
		c.send(t, w, "with "+body, "admin", c.path, body, `If-Match: "never"`)
	}
}

// sendLong sends one character more than each text of the query and the body may have, and another type.
func (c contract) sendLong(t *testing.T, w *world) {
	t.Helper()
	tooLong := func(schema any) string {
		object, _ := schema.(map[string]any)
		limit, _ := object["maxLength"].(json.Number)
		length, err := strconv.Atoi(limit.String())
		if err != nil || length >= 8<<10 { // the head has a limit, too
			return ""
		}
		return strings.Repeat("x", length+1)
	}
	for _, one := range c.parameters() {
		if long := tooLong(one["schema"]); long != "" && one["in"] == "query" {
			at := with(strings.Split(c.path, "?")[0], fmt.Sprint(one["name"]), long)
			if status := c.send(t, w, "with a long "+fmt.Sprint(one["name"]), "admin", at, c.body); status < 400 {
				t.Errorf("%s: a %s of one character too many gets %d", c.name, one["name"], status)
			}
		}
	}
	schema, _ := c.bodySchema()
	fields := c.fields(schema)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		var body map[string]any
		if json.Unmarshal([]byte(c.body), &body) != nil {
			body = map[string]any{}
		}
		if long := tooLong(fields[name]); long != "" {
			body[name] = long
			text, err := json.Marshal(body)
			must(t, err)
			if status := c.send(t, w, "with a long "+name, "admin", c.path, string(text)); status < 400 {
				t.Errorf("%s: a %s of one character too many gets %d", c.name, name, status)
			}
		}
		for _, other := range []any{1, true, nil, []any{1}, map[string]any{"a": 1}} {
			body[name] = other
			text, err := json.Marshal(body)
			must(t, err)
			c.send(t, w, "with another type of "+name, "admin", c.path, string(text), `If-Match: "never"`)
		}
	}
}

// TestFuzzedContract sends random bodies and parameters to every request type.
func TestFuzzedContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addRoles(t, "clerk", "spare")
	w.withOneOfEach(t)
	all := contracts(t, describedBy(t, w))
	names := []string{"name", "note", "email", "permission", "effect", "until", "role", "grace", "title", "path", "requests", "upstream", "aliases", "page", "limit",
		"sort", "draft", "save", "message", "staged", "id", "min_id", "max_total", "date_created", "product_id", "images", "é", "a b", "filters"}
	texts := []string{"", "x", "1", "-1", "true", "orders:view", "*:*", "allow", "2026-03-01", "7d", "1e400", "idle", "\x00", "é", "id:desc", strings.Repeat("y", 300)}
	value := rapid.Custom(func(t *rapid.T) any {
		return rapid.SampledFrom([]any{1, 1.5, true, nil, []any{}, []any{"orders:view"}, map[string]any{}, map[string]any{"url": "/x", "resource": "/products/1/images"},
			rapid.SampledFrom(texts).Draw(t, "text")}).Draw(t, "value")
	})
	rapid.Check(t, func(rt *rapid.T) {
		of := all[rapid.IntRange(0, len(all)-1).Draw(rt, "operation")]
		at, body := strings.Split(of.path, "?")[0], ""
		for range rapid.IntRange(0, 2).Draw(rt, "parameters") {
			at = with(at, rapid.SampledFrom(names).Draw(rt, "name"), rapid.SampledFrom(texts).Draw(rt, "value"))
		}
		if schema, _ := of.bodySchema(); schema != nil {
			fields := map[string]any{}
			for range rapid.IntRange(0, 3).Draw(rt, "fields") {
				fields[rapid.SampledFrom(names).Draw(rt, "field")] = value.Draw(rt, "value")
			}
			text, err := json.Marshal(fields)
			must(t, err)
			body = string(text)
		}
		if of.request.Method == "DELETE" {
			of.send(t, w, "fuzzed", "admin", at, body, `If-Match: "never"`)
			return
		}
		of.send(t, w, "fuzzed", "admin", at, body)
	})
}
