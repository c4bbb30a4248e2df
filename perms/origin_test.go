package perms

import (
	"slices"
	"strings"
	"testing"
)

// TestCheckOrigin: an origin is what browsers write, and that of one site.
func TestCheckOrigin(t *testing.T) {
	t.Parallel()
	for _, right := range []string{"https://app.example", "http://localhost:3000", "https://app.example:8443", "https://xn--bcher-kva.example", "http://127.0.0.1", "https://[::1]:8443", "https://a"} {
		if err := CheckOrigin(right); err != nil {
			t.Errorf("%s: %v", right, err)
		}
	}
	for _, wrong := range []string{"", "*", "null", "app.example", "https://", "https://*.example", "https://app.example/", "https://app.example/x", "https://app.example?x", "https://app.example#x",
		"https://App.example", "HTTPS://app.example", "https://app.example:443", "http://app.example:80", "https://app.example:", "https://app.example:08443", "https://app.example:0", "https://app.example:65536",
		"https://user@app.example", "https://app.example https://b.example", "https://app.example,https://b.example", "https://b\u00fccher.example", "https://::1", "ftp://app.example", "file://", "https://app.example.",
		"https://" + strings.Repeat("a", 3000)} {
		if err := CheckOrigin(wrong); err == nil {
			t.Errorf("%s was taken", wrong)
		}
	}
}

// TestCORSOfResources: what cannot be allowed is refused, and latchkey's own resources allow nothing.
func TestCORSOfResources(t *testing.T) {
	t.Parallel()
	orders, _ := Store().Resource("orders")
	users, _ := Store().Resource("users")
	many := make([]string, maxOrigins+1)
	for i := range many {
		many[i] = "https://a" + strings.Repeat("a", i) + ".example"
	}
	for name, c := range map[string]struct {
		resource Resource
		cors     CORS
		right    bool
	}{
		"sorted":     {orders, CORS{Origins: []string{"https://a.example", "https://b.example"}, Credentials: true}, true},
		"unsorted":   {orders, CORS{Origins: []string{"https://b.example", "https://a.example"}}, false},
		"twice":      {orders, CORS{Origins: []string{"https://a.example", "https://a.example"}}, false},
		"wrong":      {orders, CORS{Origins: []string{"*"}}, false},
		"many":       {orders, CORS{Origins: slices.Sorted(slices.Values(many))}, false},
		"no service": {orders, CORS{PassOwn: true}, false},
		"our own":    {users, CORS{Origins: []string{"https://a.example"}}, false},
	} {
		c.resource.CORS = c.cors
		if err := c.resource.Check(); (err == nil) != c.right {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
