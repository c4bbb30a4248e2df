package api_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/cmd/serve/api/call"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

// personas are the users of every world, with their rules.
var personas = []struct {
	name  string
	rules []string
}{
	{"admin", []string{"allow *:*"}},
	{"viewer", []string{"allow orders:view", "allow products:view"}},
	{"editor", []string{"allow orders:edit"}},
	{"limited", []string{"allow *:*", "deny orders:delete", "deny *:delete_all"}},
	{"idle", nil},
	{"off", []string{"allow *:*"}}, // was disabled
}

// world is a server on real files, with users and a few documents.
type world struct {
	path    string
	users   *db.DB
	panel   *db.DB
	data    *data.Data
	config  api.Config
	handler http.Handler
	server  *httptest.Server
	client  *http.Client
	tokens  map[string]tokens.Token
	log     *logBuffer
}

// newWorld makes a world. The functions may change the configuration before the handler is made.
func newWorld(t testing.TB, adjust ...func(*api.Config)) *world {
	t.Helper()
	w := &world{path: filepath.Join(t.TempDir(), "shop.db"), tokens: map[string]tokens.Token{}, log: &logBuffer{}}
	w.createUsers(t)
	var err error
	w.users, err = db.Open(t.Context(), w.path, db.Options{Clock: clock, Watched: true})
	must(t, err)
	w.panel, err = db.Open(t.Context(), w.path, db.Options{Clock: clock, Writable: true})
	must(t, err)
	w.data, err = data.Open(t.Context(), filepath.Join(filepath.Dir(w.path), "shop-data.db"), clock)
	must(t, err)
	t.Cleanup(func() {
		_ = w.users.Close()
		_ = w.panel.Close()
		_ = w.data.Close()
	})
	w.createDocuments(t)
	config := api.Config{
		URL:   "https://127.0.0.1:8443",
		Users: w.users, Panel: w.panel, Data: w.data, Clock: clock,
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, change := range adjust {
		change(&config)
	}
	w.config = config
	w.handler = api.New(config)
	w.serve(t)
	return w
}

func (w *world) createUsers(t testing.TB) {
	t.Helper()
	var seed []model.Object
	var err error
	w.tokens["wrong"], err = tokens.New(rand.Reader)
	must(t, err)
	for _, persona := range personas {
		token, err := tokens.New(rand.Reader)
		must(t, err)
		w.tokens[persona.name] = token
		user := model.Object{Kind: model.KindUser, Name: persona.name}
		for _, text := range persona.rules {
			user.Rules = user.Rules.With(rule(t, text))
		}
		if persona.name != "off" {
			user.Access, err = tokens.Enable(tokens.Access{}, token.Digest(), now)
			must(t, err)
		}
		seed = append(seed, user)
	}
	must(t, db.Create(t.Context(), w.path, db.Options{Clock: clock}, model.Operator{Name: "os:test"}, seed))
}

func rule(t testing.TB, text string) perms.Rule {
	t.Helper()
	effect, pattern, _ := strings.Cut(text, " ")
	parsed, err := perms.ParsePattern(pattern)
	must(t, err)
	return perms.Rule{Effect: perms.Effect(effect), Pattern: parsed}
}

// createDocuments makes orders 1 and 2, shipment 1 of order 1, product 1 and its SKU 1.
func (w *world) createDocuments(t testing.TB) {
	t.Helper()
	for _, one := range []struct {
		collection data.Collection
		fields     string
	}{
		{data.Collection{Resource: "orders"}, `{"status":"new","total":5}`},
		{data.Collection{Resource: "orders"}, `{}`},
		{data.Collection{Resource: "orders_shipments", ParentResource: "orders", Parent: 1}, `{"weight":3}`},
		{data.Collection{Resource: "products"}, `{"name":"shoe"}`},
		{data.Collection{Resource: "products_skus", ParentResource: "products", Parent: 1}, `{"sku":"S-1"}`},
	} {
		var fields data.Fields
		must(t, json.Unmarshal([]byte(one.fields), &fields))
		_, err := w.data.Create(t.Context(), one.collection, fields, nil)
		must(t, err)
	}
}

func (w *world) serve(t testing.TB) {
	t.Helper()
	w.server = httptest.NewUnstartedServer(w.handler)
	w.server.Config.DisableGeneralOptionsHandler = true
	w.server.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(w.log, nil), slog.LevelInfo)
	w.server.EnableHTTP2 = true
	w.server.StartTLS()
	t.Cleanup(w.server.Close)
	w.client = w.server.Client()
	w.transport().ExpectContinueTimeout = time.Minute
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
}

func (w *world) transport() *http.Transport {
	transport, ok := w.client.Transport.(*http.Transport)
	if !ok {
		panic("the test server's client has another transport")
	}
	return transport
}

// speak makes the client speak HTTP/1.1 or HTTP/2.
func (w *world) speak(protocol int) {
	transport := w.transport()
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(protocol == 1)
	transport.Protocols.SetHTTP2(protocol == 2)
}

// authorization is the header of a persona: "nobody" has none, "wrong" a well-formed token of no user.
func (w *world) authorization(persona string) string {
	switch persona {
	case "nobody":
		return ""
	case "wrong":
		return basic("admin", w.tokens["wrong"].Reveal())
	}
	return basic(persona, w.tokens[persona].Reveal())
}

func basic(username, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+secret))
}

// reply is a response that was read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// request makes a request as a persona; header holds further fields, "Name: value".
func (w *world) request(t testing.TB, persona, method, path, body string, header ...string) reply {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, w.server.URL+path, content)
	must(t, err)
	if value := w.authorization(persona); value != "" {
		request.Header.Set("Authorization", value)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, field := range header {
		name, value, _ := strings.Cut(field, ": ")
		switch {
		case name == "Host":
			request.Host = value
		case value == "":
			request.Header.Del(name)
		default:
			request.Header.Set(name, value)
		}
	}
	return w.do(t, request)
}

func (w *world) do(t testing.TB, request *http.Request) reply {
	t.Helper()
	response, err := w.client.Do(request)
	must(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	must(t, err)
	return reply{status: response.StatusCode, header: response.Header, body: string(content)}
}

// state is the content of both databases. If it is the same afterwards, a request had no effect.
func (w *world) state(t testing.TB) string {
	t.Helper()
	var text strings.Builder
	head, err := w.users.History().Head(t.Context())
	must(t, err)
	fmt.Fprintln(&text, "revision", head.Number)
	drafts, err := w.users.Drafts(t.Context())
	must(t, err)
	for _, draft := range drafts {
		for _, staged := range draft.Staged {
			fmt.Fprintln(&text, "draft", draft.Draft.Operator.Name, staged.Label(), staged.Differences())
		}
	}
	for _, resource := range perms.Store().Resources() {
		list, err := w.data.List(t.Context(), data.Collection{Resource: resource.Name, ParentResource: resource.Parent}, data.Query{Page: 1, Limit: 1000})
		must(t, err)
		for _, document := range list {
			fmt.Fprintln(&text, resource.Name, document.ID, string(document.Body), document.UpdatedAt)
		}
	}
	return text.String()
}

// logBuffer collects a log.
type logBuffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *logBuffer) Write(line []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(line)
}

func (b *logBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}

func checkXMLError(t *testing.T, got reply) {
	t.Helper()
	var root struct {
		XMLName xml.Name `xml:"errors"`
		Errors  []struct {
			Status  int    `xml:"status"`
			Message string `xml:"message"`
		} `xml:"error"`
	}
	if err := xml.Unmarshal([]byte(got.body), &root); err != nil || len(root.Errors) != 1 || root.Errors[0].Status != got.status || root.Errors[0].Message == "" {
		t.Errorf("got the error body %q (%v), want <errors><error><status>%d</status><message>…", got.body, err, got.status)
	}
	if kind := got.header.Get("Content-Type"); kind != "application/xml" {
		t.Errorf("got Content-Type %q of an error in XML", kind)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// checkError checks the shape of errors: an array of one object with status and message, or the same in XML.
func checkError(t *testing.T, got reply) {
	t.Helper()
	if strings.HasPrefix(got.body, "<") {
		checkXMLError(t, got)
		return
	}
	var list []struct {
		Status  int
		Message string
		Details map[string]string
	}
	decoder := json.NewDecoder(strings.NewReader(got.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil || len(list) != 1 || list[0].Status != got.status || list[0].Message == "" {
		t.Errorf("got the error body %q (%v), want [{\"status\":%d,\"message\":…}]", got.body, err, got.status)
	}
	if kind := got.header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("got Content-Type %q of an error, want application/json", kind)
	}
}

func trust(t testing.TB, texts ...string) call.TrustedProxies {
	t.Helper()
	trusted, err := call.ParseTrustedProxies(texts)
	must(t, err)
	return trusted
}
