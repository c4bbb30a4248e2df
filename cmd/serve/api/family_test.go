package api_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"latchkey/cmd/serve/api"
	"latchkey/db/data"
	"latchkey/perms"
)

// documentedFamily is what the documentation of the Stores API V2 has, written from it and not from the catalogue: each path
// with its methods. In {} are those of one document, in () those of /count.
var documentedFamily = map[string]string{
	"banners":                        "GET POST DELETE {GET PUT DELETE}",
	"blog/posts":                     "GET POST DELETE {GET PUT DELETE} (GET)",
	"blog/tags":                      "GET",
	"brands":                         "GET POST DELETE {GET PUT DELETE} (GET)",
	"categories":                     "GET POST DELETE {GET PUT DELETE} (GET)",
	"countries":                      "GET {GET} (GET)",
	"countries/1/states":             "GET {GET} (GET)",
	"countries/states":               "GET {GET} (GET)",
	"coupons":                        "GET POST DELETE {GET PUT DELETE} (GET)",
	"currencies":                     "GET POST DELETE {GET PUT DELETE}",
	"customer_groups":                "GET POST DELETE {GET PUT DELETE} (GET)",
	"customers":                      "GET POST DELETE {GET PUT DELETE} (GET)",
	"customers/1/addresses":          "GET POST DELETE {GET PUT DELETE} (GET)",
	"customers/addresses":            "GET {GET PUT DELETE} (GET)",
	"gift_certificates":              "GET POST DELETE {GET PUT DELETE}",
	"option_sets":                    "GET POST DELETE {GET PUT DELETE} (GET)",
	"option_sets/1/options":          "GET POST DELETE {GET PUT DELETE} (GET)",
	"optionsets":                     "GET POST DELETE {GET PUT DELETE} (GET)",
	"optionsets/1/options":           "GET POST DELETE {GET PUT DELETE} (GET)",
	"optionsets/options":             "GET {GET PUT DELETE} (GET)",
	"options":                        "GET POST DELETE {GET PUT DELETE} (GET)",
	"options/1/values":               "GET POST DELETE {GET PUT DELETE} (GET)",
	"options/values":                 "GET {GET PUT DELETE} (GET)",
	"order_statuses":                 "GET {GET}",
	"orderstatuses":                  "GET {GET}",
	"orders":                         "GET POST DELETE {GET PUT DELETE} (GET)",
	"orders/1/coupons":               "GET {GET}",
	"orders/1/messages":              "GET {GET}",
	"orders/1/products":              "GET {GET} (GET)",
	"orders/1/shipments":             "GET POST DELETE {GET PUT DELETE} (GET)",
	"orders/1/shipping_addresses":    "GET {GET} (GET)",
	"orders/1/shippingaddresses":     "GET {GET} (GET)",
	"orders/1/taxes":                 "GET {GET}",
	"orders/coupons":                 "GET {GET}",
	"orders/products":                "GET {GET} (GET)",
	"orders/shipments":               "GET {GET PUT DELETE} (GET)",
	"orders/shipping_addresses":      "GET {GET} (GET)",
	"pages":                          "GET POST DELETE {GET PUT DELETE} (GET)",
	"payments/methods":               "GET",
	"products":                       "GET POST DELETE {GET PUT DELETE} (GET)",
	"products/1/configurable_fields": "GET DELETE {GET DELETE} (GET)",
	"products/1/configurablefields":  "GET DELETE {GET DELETE} (GET)",
	"products/1/custom_fields":       "GET POST DELETE {GET PUT DELETE} (GET)",
	"products/1/customfields":        "GET POST DELETE {GET PUT DELETE} (GET)",
	"products/1/discount_rules":      "GET POST DELETE {GET PUT DELETE} (GET)",
	"products/1/discountrules":       "GET POST DELETE {GET PUT DELETE} (GET)",
	"products/1/googleproductsearch": "GET",
	"products/1/images":              "GET POST DELETE {GET PUT DELETE} (GET)",
	"products/1/options":             "GET {GET}",
	"products/1/reviews":             "GET POST DELETE {GET PUT DELETE} (GET)",
	"products/1/rules":               "GET POST DELETE {GET PUT DELETE} (GET)",
	"products/1/skus":                "GET POST DELETE {GET PUT DELETE} (GET)",
	"products/1/videos":              "GET POST DELETE {GET PUT DELETE} (GET)",
	"products/configurable_fields":   "GET {GET DELETE} (GET)",
	"products/custom_fields":         "GET {GET PUT DELETE} (GET)",
	"products/discount_rules":        "GET {GET PUT DELETE} (GET)",
	"products/images":                "GET {GET PUT DELETE} (GET)",
	"products/reviews":               "GET {GET PUT DELETE} (GET)",
	"products/rules":                 "GET {GET PUT DELETE} (GET)",
	"products/skus":                  "GET {GET PUT DELETE} (GET)",
	"products/videos":                "GET {GET PUT DELETE} (GET)",
	"redirects":                      "GET POST DELETE {GET PUT DELETE} (GET)",
	"requestlogs":                    "GET {GET} (GET)",
	"shipping/methods":               "GET {GET}",
	"shipping/zones":                 "GET POST {GET PUT DELETE}",
	"shipping/zones/1/methods":       "GET POST {GET PUT DELETE}",
	"store":                          "GET",
	"tax_classes":                    "GET {GET}",
	"time":                           "GET",
}

// familyRequest is one line of the documentation.
type familyRequest struct{ method, path string }

// familyRequests expands the table: a document is number 1.
func familyRequests() (all []familyRequest) {
	for path, methods := range documentedFamily {
		suffix := ""
		for _, word := range strings.Fields(methods) {
			switch {
			case strings.HasPrefix(word, "{"):
				suffix = "/1"
			case strings.HasPrefix(word, "("):
				suffix = "/count"
			}
			all = append(all, familyRequest{strings.Trim(word, "{}()"), perms.BasePath + "/" + path + suffix})
			if strings.HasSuffix(word, "}") || strings.HasSuffix(word, ")") {
				suffix = ""
			}
		}
	}
	return all
}

// withOneOfEach stores a document of each resource, with those that hang under it under the first.
func (w *world) withOneOfEach(t *testing.T) {
	t.Helper()
	there := map[string]bool{"orders": true, "orders_shipments": true, "products": true, "products_skus": true}
	for _, nested := range []bool{false, true} {
		for _, resource := range perms.Store().Resources() {
			if resource.Backend != perms.Documents || there[resource.Name] || (resource.Parent != "") != nested {
				continue
			}
			of := data.Collection{Resource: resource.Name, ParentResource: resource.Parent}
			if nested {
				of.Parent = 1
			}
			_, err := w.data.Create(t.Context(), of, data.Fields{"name": []byte(`"first"`)}, nil)
			must(t, err)
		}
	}
}

// TestEveryMethodOfTheFamily walks the documentation of the Stores API V2 over TLS: each method of each path is served, the
// catalogue says that it is the family's, and says so of nothing else.
func TestEveryMethodOfTheFamily(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withOneOfEach(t)
	of := map[string]bool{}
	for _, request := range familyRequests() {
		route, err := perms.Store().Route(request.method, "", request.path)
		if err != nil || !route.Resource.InFamily(route.Request) {
			t.Errorf("%s %s: got %v, and that the catalogue has it not of the family", request.method, request.path, err)
			continue
		}
		of[route.Resource.Name+" "+string(route.Request.Endpoint)+" "+route.Request.Method] = true
		w.walk(t, request, route)
	}
	for _, resource := range perms.Store().Resources() {
		for _, request := range resource.Requests {
			what := resource.Name + " " + string(request.Endpoint) + " " + request.Method
			if resource.InFamily(request) != of[what] {
				t.Errorf("%s: the catalogue says %v, the documentation %v", what, resource.InFamily(request), of[what])
			}
		}
	}
}

// walk makes a request as documented. What it deletes is not what others need.
func (w *world) walk(t *testing.T, request familyRequest, route perms.Route) {
	t.Helper()
	body, want := "", http.StatusOK
	switch request.method {
	case "POST":
		body, want = `{"name":"second"}`, http.StatusCreated
	case "PUT":
		body = `{"name":"other"}`
	case "DELETE":
		want = http.StatusNoContent
		resource := route.Resource
		if route.ID != 0 {
			made, err := w.data.Create(t.Context(), data.Collection{Resource: resource.Name, ParentResource: resource.Parent,
				Parent: 1}, nil, nil)
			must(t, err)
			request.path = fmt.Sprintf("%s/%d", strings.TrimSuffix(request.path, "/1"), made.ID)
		} else {
			request.path += "?name=nothing"
		}
	case "GET":
		if resource := route.Resource.Name; resource == "requestlogs" && route.Request.Endpoint != perms.Count { // nothing writes it here
			return
		}
	}
	if got := w.request(t, "admin", request.method, request.path, body); got.status != want {
		t.Errorf("%s %s: got %d %s, want %d", request.method, request.path, got.status, got.body, want)
	}
}

// TestParentsAreNamed: each document of a sub-resource has the id of its parent, at every path, and by every way of making it.
func TestParentsAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withOneOfEach(t)
	for path, field := range map[string]string{
		"products/1/skus": "product_id", "products/1/images": "product_id", "products/1/rules": "product_id", "products/1/custom_fields": "product_id",
		"products/1/discount_rules": "product_id", "products/1/videos": "product_id", "products/1/reviews": "product_id",
		"customers/1/addresses": "customer_id", "orders/1/shipments": "order_id", "options/1/values": "option_id",
		"option_sets/1/options": "option_set_id", "shipping/zones/1/methods": "zone_id",
	} {
		want := fmt.Sprintf(`"%s":1,`, field)
		made := expect(t, w.request(t, "admin", "POST", perms.BasePath+"/"+path, `{"a":"b"}`), 201)
		at := made.header.Get("Location")
		without := strings.Replace(at, "/1/", "/", 1)
		for what, got := range map[string]reply{
			"POST":    made,
			"PUT":     w.request(t, "admin", "PUT", at, `{"a":"c"}`),
			"GET":     w.request(t, "admin", "GET", at, ""),
			"list":    w.request(t, "admin", "GET", perms.BasePath+"/"+path, ""),
			"filter":  w.request(t, "admin", "GET", perms.BasePath+"/"+path+"?"+field+"=1", ""),
			"sent":    w.request(t, "admin", "PUT", at, "{"+want+`"a":"d"}`),
			"as text": w.request(t, "admin", "PUT", at, `{"`+field+`":"1"}`),
		} {
			if got.status/100 != 2 || strings.Count(got.body, want) < 1 || strings.Count(got.body, `"`+field+`"`) != strings.Count(got.body, `"id"`) {
				t.Errorf("%s of %s: got %d %s, want %s in each", what, path, got.status, got.body, want)
			}
		}
		if got := w.request(t, "admin", "PUT", at, `{"`+field+`":2}`); got.status != 400 || !strings.Contains(got.body, "The field '"+field+"' is invalid.") {
			t.Errorf("another parent of %s: got %d %s", path, got.status, got.body)
		}
		if path == "shipping/zones/1/methods" {
			continue // it has no form without a parent that clients know
		}
		if got := w.request(t, "admin", "PUT", without, `{"`+field+`":1,"a":"e"}`); got.status != 200 || !strings.Contains(got.body, want) || !strings.Contains(got.body, `"a":"e"`) {
			t.Errorf("%s: got %d %s", without, got.status, got.body)
		}
		if got := w.request(t, "admin", "PUT", without, `{"`+field+`":2}`); got.status != 400 {
			t.Errorf("another parent at %s: got %d %s", without, got.status, got.body)
		}
		if got := w.request(t, "admin", "DELETE", without, ""); got.status != 204 || w.request(t, "admin", "GET", at, "").status != 404 {
			t.Errorf("DELETE %s: got %d %s", without, got.status, got.body)
		}
	}
	for path, want := range map[string]string{"countries/states": `"country_id":1,`, "countries/states/1": `"country_id":1,`, "products/skus?product_id=2": ""} {
		if got := w.request(t, "admin", "GET", perms.BasePath+"/"+path, ""); !strings.Contains(got.body, want) || want == "" && got.status != 204 {
			t.Errorf("%s: got %d %s, want %s", path, got.status, got.body, want)
		}
	}
}

// TestLinksToWhatIsBelow: a document says where those below it are, unless it has a field of the name, and takes no link as a
// field of its own.
func TestLinksToWhatIsBelow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	host := strings.TrimPrefix(w.server.URL, "https://")
	link := `"images":{"url":"https://` + host + `/api/v2/products/1/images.json","resource":"/products/1/images"}`
	got := expect(t, w.request(t, "admin", "GET", "/api/v2/products/1", ""), 200)
	if !strings.Contains(got.body, link) {
		t.Errorf("got %s, want %s in it", got.body, link)
	}
	if got := w.request(t, "admin", "GET", "/api/v2/products.xml", ""); !strings.Contains(got.body,
		"<images><url>https://"+host+"/api/v2/products/1/images.xml</url><resource>/products/1/images</resource></images>") {
		t.Errorf("got %s", got.body)
	}
	expect(t, w.request(t, "admin", "PUT", "/api/v2/products/1", "{"+link+`,"name":"boot"}`), 200)
	document, err := w.data.Get(t.Context(), data.Collection{Resource: "products"}, 1)
	must(t, err)
	if string(document.Body) != `{"name":"boot"}` {
		t.Errorf("a link was stored: %s", document.Body)
	}
	for body, own := range map[string]string{
		`{"images":["a.png"]}`: `"images":["a.png"]`,
		`{"images":{"url":"https://cdn.example/x","resource":"/a/b"}}`: `"images":{"url":"https://cdn.example/x","resource":"/a/b"}`,
		`{"images":null}`: `"images":null`,
	} {
		made := expect(t, w.request(t, "admin", "POST", "/api/v2/products", body), 201)
		if !strings.Contains(made.body, own) || strings.Count(made.body, `"images"`) != 1 {
			t.Errorf("%s: got %s, want %s", body, made.body, own)
		}
	}
	for _, body := range []string{`{"a":{"images":1}}`, `{"a":"\"images\":"}`, `{"a\"images":1}`, `{"a":["images"]}`} {
		made := expect(t, w.request(t, "admin", "POST", "/api/v2/products", body), 201)
		if !strings.Contains(made.body, `"resource":"/products/`) || !strings.Contains(made.body, `"images":{"url"`) {
			t.Errorf("%s: got %s, want a link", body, made.body)
		}
	}
}

// TestOrdersByStatus: the count of orders tells that of each status, with what the caller may see of the statuses.
func TestOrdersByStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"Pending", "Shipped"} {
		_, err := w.data.Create(t.Context(), data.Collection{Resource: "order_statuses"}, data.Fields{"name": []byte(`"` + name + `"`)}, nil)
		must(t, err)
	}
	for _, body := range []string{`{"status_id":2}`, `{"status_id":2,"gift":true}`, `{"status_id":7}`, `{"status_id":"x"}`} {
		expect(t, w.request(t, "admin", "POST", "/api/v2/orders", body), 201)
	}
	for _, test := range []struct{ as, query, want string }{
		{"admin", "", `{"count":6,"statuses":[{"count":0,"id":1,"name":"Pending"},{"count":2,"id":2,"name":"Shipped"},{"count":1,"id":7}]}`},
		{"admin", "?gift=true", `{"count":1,"statuses":[{"count":0,"id":1,"name":"Pending"},{"count":1,"id":2,"name":"Shipped"}]}`},
		{"viewer", "", `{"count":6,"statuses":[{"count":2,"id":2},{"count":1,"id":7}]}`},
	} {
		if got := w.request(t, test.as, "GET", "/api/v2/orders/count"+test.query, ""); got.status != 200 || strings.TrimSpace(got.body) != test.want {
			t.Errorf("%s %s: got %d %s, want %s", test.as, test.query, got.status, got.body, test.want)
		}
	}
	tag := w.request(t, "admin", "GET", "/api/v2/orders/count", "").header.Get("ETag")
	expect(t, w.request(t, "admin", "GET", "/api/v2/orders/count", "", "If-None-Match: "+tag), 304)
	_, err := w.data.Update(t.Context(), data.Collection{Resource: "order_statuses"}, 1, data.Fields{"name": []byte(`"Waiting"`)}, nil)
	must(t, err)
	if got := expect(t, w.request(t, "admin", "GET", "/api/v2/orders/count", "", "If-None-Match: "+tag), 200); !strings.Contains(got.body, "Waiting") {
		t.Errorf("got %s", got.body)
	}
}

// TestGoogleProductSearch: a product has one mapping, which is there before it is set, and says whose it is.
func TestGoogleProductSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/api/v2/products/1/googleproductsearch"
	for _, step := range []struct{ method, body, want string }{
		{"GET", "", `{"product_id":1}`},
		{"PUT", `{"enabled":true,"product_id":1}`, `{"enabled":true,"product_id":1}`},
		{"GET", "", `{"enabled":true,"product_id":1}`},
	} {
		if got := w.request(t, "admin", step.method, path, step.body); got.status != 200 || strings.TrimSpace(got.body) != step.want {
			t.Errorf("%s: got %d %s, want %s", step.method, got.status, got.body, step.want)
		}
	}
	if got := w.request(t, "admin", "GET", "/api/v2/products/9/googleproductsearch", ""); got.status != 404 {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// TestRateFieldsOfTheFamily: a client that looks for the field by its exact name finds it, whether or not there is a limit.
func TestRateFieldsOfTheFamily(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{0, 7} {
		w := newWorld(t, func(config *api.Config) {
			if limit > 0 {
				config.RateLimit = api.Rate{Events: limit, Per: 3600e9}
			}
		})
		want := "X-BC-ApiLimit-Remaining: 2147483647\r\n"
		if limit > 0 {
			want = "X-BC-ApiLimit-Remaining: 6\r\n"
		}
		for persona, want := range map[string]string{"viewer": want, "wrong": "X-BC-ApiLimit-Remaining: 2147483647\r\n"} {
			connection := w.send(t, "GET /api/v2/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: "+w.authorization(persona)+"\r\n\r\n")
			answer, err := io.ReadAll(connection)
			must(t, err)
			must(t, connection.Close())
			if text := string(answer); !strings.Contains(text, want) || strings.Count(text, "ApiLimit") != 1 {
				t.Errorf("%s, limit %d: got %s, want %s", persona, limit, text, want)
			}
		}
	}
}
