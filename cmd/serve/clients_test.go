package serve

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// existingClient is how a client library of this API family, whose settings are a host, a username and a token, writes
// its requests. None of them is to be had as a package where this project is built, so these are their requests as
// their sources make them, written by hand to the real server, quirks included.
type existingClient struct {
	name        string
	fields      string // of every request
	contentType string // of bodies
	sticks      bool   // goes on sending the Content-Type, and to DELETE an empty body, once there was a body
	waits       bool   // sends a body only when told to continue
	always      bool   // sends the Content-Type with every request
	extension   string
	xml         bool
}

var existingClients = []existingClient{
	{name: "libcurl", fields: "Accept: application/json\r\n", contentType: "application/json", sticks: true, waits: true},
	{name: "libcurl, XML", fields: "Accept: application/xml\r\n", contentType: "application/xml", sticks: true, waits: true, xml: true},
	{name: "XML by extension", fields: "Accept: */*\r\n", contentType: "text/xml; charset=UTF-8", extension: ".xml", xml: true},
	{name: "requests", fields: "User-Agent: python-requests/2.2.1\r\nAccept-Encoding: gzip, deflate, compress\r\nAccept: */*\r\nConnection: keep-alive\r\n",
		contentType: "application/json", extension: ".json"},
	{name: "Faraday", fields: "Accept: application/json\r\nAccept-Encoding: gzip\r\nConnection: close\r\n", contentType: "application/json", always: true},
	{name: "rest-client", fields: "Accept: json\r\nAccept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\r\n", contentType: "json", always: true},
	{name: "sling", fields: "User-Agent: Go-http-client/1.1\r\nAccept: application/json; charset=utf-8\r\n", contentType: "application/json", always: true},
	{name: "lower case", fields: "accept: application/json, text/plain, */*\r\n", contentType: "application/json;charset=utf-8"},
}

// step is a request and what has to come of it, whatever the client. Fields are "name=value", the value as in JSON.
type step struct {
	what   string
	method string
	path   string   // below the base path, in front of the extension
	query  string   // behind it
	sends  []string // the fields of the body; nil: none
	raw    string   // a body that is none, for the fields
	as     string   // the user; "": admin
	fields string   // instead of the client's
	status int
	wants  []string
	header map[string]string
}

var documentedSession = []step{
	{what: "checking the credentials", method: "GET", path: "/time", status: 200, wants: []string{"time="}},
	{what: "an empty list", method: "GET", path: "/products", status: 204},
	{what: "creating", method: "POST", path: "/products", sends: []string{`name="iPod"`, "price=99.5", "is_visible=true"}, status: 201,
		wants: []string{"id=1", `name="iPod"`, "price=99.5", "is_visible=true", "date_created="}, header: map[string]string{"Location": "/api/v2/products/1"}},
	{what: "creating another", method: "POST", path: "/products/", sends: []string{`name="a < b & c"`}, status: 201, wants: []string{"id=2", `name="a < b & c"`}},
	{what: "creating a third", method: "POST", path: "/products", sends: []string{`name="x"`}, status: 201, wants: []string{"id=3"}},
	{what: "page 1", method: "GET", path: "/products", query: "?page=1&limit=2", status: 200, wants: []string{"id=1", "id=2"}},
	{what: "page 2", method: "GET", path: "/products", query: "?page=2&limit=2", status: 200, wants: []string{"id=3"}},
	{what: "beyond the end", method: "GET", path: "/products", query: "?page=3&limit=2", status: 204},
	{what: "too much at once", method: "GET", path: "/products", query: "?limit=251", status: 413},
	{what: "counting", method: "GET", path: "/products/count", status: 200, wants: []string{"count=3"}},
	{what: "reading one", method: "GET", path: "/products/1", status: 200, wants: []string{"id=1", "price=99.5"}},
	{what: "changing one field", method: "PUT", path: "/products/1", sends: []string{"price=89"}, status: 200, wants: []string{"id=1", `name="iPod"`, "price=89"}},
	{what: "a field of the server", method: "PUT", path: "/products/1", sends: []string{"id=7"}, status: 400, wants: []string{`message="The field 'id' is invalid."`}},
	{what: "an older spelling", method: "POST", path: "/products/1/customfields", sends: []string{`text="red"`}, status: 201, wants: []string{"id=1", `text="red"`},
		header: map[string]string{"Location": "/api/v2/products/1/custom_fields/1"}},
	{what: "a sub-resource", method: "GET", path: "/products/1/custom_fields", status: 200, wants: []string{`text="red"`}},
	{what: "a parent that is not there", method: "GET", path: "/products/9/custom_fields", status: 404},
	{what: "deleting", method: "DELETE", path: "/products/3", status: 204},
	{what: "what was deleted", method: "GET", path: "/products/3", status: 404, wants: []string{"status=404"}},
	{what: "after a delete", method: "GET", path: "/products/count", status: 200, wants: []string{"count=2"}},
	{what: "no such resource", method: "GET", path: "/nothing", status: 404},
	{what: "a method that it lacks", method: "POST", path: "/time", sends: []string{"a=1"}, status: 405, header: map[string]string{"Allow": "GET, HEAD, OPTIONS"}},
	{what: "a method that nobody has", method: "PATCH", path: "/products/1", sends: []string{"a=1"}, status: 501},
	{what: "asking for the methods", method: "OPTIONS", path: "/products/1", status: 200, header: map[string]string{"Allow": "DELETE, GET, HEAD, OPTIONS, PUT"}},
	{what: "the header alone", method: "HEAD", path: "/products/1", status: 200},
	{what: "a broken body", method: "POST", path: "/products", raw: "<{", status: 400},
	{what: "another content type", method: "POST", path: "/products", raw: "a=1", fields: "Content-Type: application/x-www-form-urlencoded\r\n", status: 415},
	{what: "a wrong token", method: "GET", path: "/products", as: "wrong", status: 401, wants: []string{"status=401"}},
	{what: "without credentials", method: "GET", path: "/products", as: "nobody", status: 401},
	{what: "what a user may", method: "GET", path: "/products/1", as: "viewer", status: 200, wants: []string{"id=1"}},
	{what: "what a user may not", method: "DELETE", path: "/products/1", as: "viewer", status: 403, wants: []string{`message="permission products:delete is required"`}},
	{what: "nothing was deleted", method: "GET", path: "/products/1", status: 200},
}

// TestExistingClientsWork replays a session of each of the clients.
func TestExistingClientsWork(t *testing.T) {
	t.Parallel()
	for _, client := range existingClients {
		t.Run(strings.ReplaceAll(client.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			server := newServer(t)
			users := createUsers(t, server.Database, map[string]string{"admin": "*:*", "viewer": "products:view"})
			users["wrong"] = basicOf("admin", users["viewer"])
			r := start(t, server)
			session := clientSession{existingClient: client, running: r, users: users}
			for _, step := range documentedSession {
				session.take(t, step)
			}
		})
	}
}

// createUsers makes a database with these users, each with one permission, and returns their Authorization values.
func createUsers(t *testing.T, path string, rules map[string]string) map[string]string {
	t.Helper()
	values := map[string]string{}
	var seed []model.Object
	for name, text := range rules {
		token, err := tokens.New(rand.Reader)
		pattern, problem := perms.ParsePattern(text)
		access, refused := tokens.Enable(tokens.Access{}, token.Digest(), time.Now())
		if err := errors.Join(err, problem, refused); err != nil {
			t.Fatal(err)
		}
		rules := perms.Rules{}.With(perms.Rule{Effect: perms.Allow, Pattern: pattern})
		seed = append(seed, model.Object{Kind: model.KindUser, Name: name, Access: access, Rules: rules})
		values[name] = basicOf(name, token.Reveal())
	}
	if err := db.Create(t.Context(), path, db.Options{Clock: time.Now}, model.Operator{Name: "os:test"}, seed); err != nil {
		t.Fatal(err)
	}
	return values
}

func basicOf(username, token string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+token))
}

// clientSession is a client with its connection, which it keeps as long as the server does.
type clientSession struct {
	existingClient
	*running
	users map[string]string // Authorization values

	conn    *tls.Conn
	answers *bufio.Reader
	hadBody bool
}

func (s *clientSession) take(t *testing.T, step step) {
	t.Helper()
	if s.conn == nil {
		s.conn = s.dialTLS(t)
		s.answers = bufio.NewReader(s.conn)
	}
	head, body := s.write(step)
	text := head + body
	if s.waits && body != "" {
		text = head
	}
	if _, err := io.WriteString(s.conn, text); err != nil {
		t.Fatalf("%s: %v", step.what, err)
	}
	response := s.read(t, step)
	if response.StatusCode == http.StatusContinue {
		if _, err := io.WriteString(s.conn, body); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		response = s.read(t, step)
	}
	content, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		t.Fatalf("%s: %v", step.what, err)
	}
	if response.Close {
		s.conn = nil
	}
	s.check(t, step, response, string(content))
}

func (s *clientSession) read(t *testing.T, step step) *http.Response {
	t.Helper()
	response, err := http.ReadResponse(s.answers, &http.Request{Method: step.method})
	if err != nil {
		t.Fatalf("%s: %v", step.what, err)
	}
	return response
}

// write makes the request as the client does.
func (s *clientSession) write(step step) (head, body string) {
	path, slash := strings.CutSuffix(step.path, "/")
	path = perms.BasePath + path + s.extension
	if slash {
		path += "/"
	}
	head = step.method + " " + path + step.query + " HTTP/1.1\r\nHost: " + s.address() + "\r\n" + s.fields
	switch user := step.as; user {
	case "nobody":
	case "":
		head += "Authorization: " + s.users["admin"] + "\r\n"
	default:
		head += "Authorization: " + s.users[user] + "\r\n"
	}
	body = step.raw
	if step.sends != nil {
		body = s.bodyOf(step.sends)
	}
	switch {
	case step.fields != "":
		head += step.fields
	case body != "" || s.always || (s.sticks && s.hadBody):
		head += "Content-Type: " + s.contentType + "\r\n"
	}
	switch {
	case body != "":
		s.hadBody = true
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
		if s.waits {
			head += "Expect: 100-continue\r\n"
		}
	case s.sticks && s.hadBody && step.method == "DELETE":
		head += "Content-Length: 0\r\n"
	}
	return head + "\r\n", body
}

func (s *clientSession) bodyOf(fields []string) string {
	parts := make([]string, len(fields))
	for i, field := range fields {
		parts[i] = s.field(field)
	}
	if s.xml {
		return `<?xml version="1.0" encoding="UTF-8"?>` + "\n<product>\n  " + strings.Join(parts, "\n  ") + "\n</product>\n"
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// field writes "name=value" as the client's type has it; without a value, only how it begins.
func (s *clientSession) field(field string) string {
	name, value, _ := strings.Cut(field, "=")
	switch {
	case !s.xml:
		return `"` + name + `":` + value
	case value == "":
		return "<" + name + ">"
	}
	value = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(strings.Trim(value, `"`))
	return "<" + name + ">" + value + "</" + name + ">"
}

// check looks at an answer as the client does.
func (s *clientSession) check(t *testing.T, step step, response *http.Response, body string) {
	t.Helper()
	if response.StatusCode != step.status {
		t.Errorf("%s: got %d %s, want %d", step.what, response.StatusCode, body, step.status)
	}
	for _, field := range step.wants {
		if !strings.Contains(body, s.field(field)) {
			t.Errorf("%s: got %s, want %s in it", step.what, body, s.field(field))
		}
	}
	for name, value := range step.header {
		if got := response.Header.Get(name); got != value {
			t.Errorf("%s: got %s: %q, want %q", step.what, name, got, value)
		}
	}
	if empty := step.status == http.StatusNoContent || step.method == http.MethodHead || step.method == http.MethodOptions; empty != (body == "") {
		t.Errorf("%s: got the body %q", step.what, body)
	}
	if body == "" {
		return
	}
	if kind := response.Header.Get("Content-Type"); kind != map[bool]string{false: "application/json", true: "application/xml"}[s.xml] {
		t.Errorf("%s: got Content-Type %q", step.what, kind)
	}
	if step.status >= http.StatusBadRequest && s.errorStatus(body) != step.status {
		t.Errorf("%s: got the error %s, of which the client cannot read the status", step.what, body)
	}
}

// errorStatus reads the status that an error says it has; 0: it has another shape than clients read.
func (s *clientSession) errorStatus(body string) int {
	var root struct {
		XMLName xml.Name `xml:"errors"`
		Errors  []struct {
			Status  int    `json:"status" xml:"status"`
			Message string `json:"message" xml:"message"`
		} `xml:"error"`
	}
	var err error
	if s.xml {
		err = xml.Unmarshal([]byte(body), &root)
	} else {
		err = json.Unmarshal([]byte(body), &root.Errors)
	}
	if err != nil || len(root.Errors) != 1 || root.Errors[0].Message == "" {
		return 0
	}
	return root.Errors[0].Status
}
