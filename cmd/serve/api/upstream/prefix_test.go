package upstream

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestPlacesGetThePrefixBack: those of the service alone, once, and nothing that a browser would refuse then.
func TestPlacesGetThePrefixBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ base, field, sent, want string }{
		{"", "Location", "/login?next=%2Fx#a", "/app/login?next=%2Fx#a"},
		{"", "Location", "/", "/app/"},
		{"", "Content-Location", "/a%2Fb", "/app/a%2Fb"},
		{"", "Location", "/app/login", "/app/login"},
		{"", "Location", "/app?x", "/app?x"},
		{"", "Location", "/application", "/app/application"},
		{"", "Location", "http://127.0.0.1:3000/x", "/app/x"},
		{"", "Location", "HTTP://SHOP.example?q", "/app?q"},
		{"", "Location", "//shop.example/x", "/app/x"},
		{"", "Location", "https://shop.example/app/x", "/app/x"},
		{"", "Location", "https://shop.example:444/x", "https://shop.example:444/x"},
		{"", "Location", "https://evil.example/x", "https://evil.example/x"},
		{"", "Location", "//evil.example/x", "//evil.example/x"},
		{"", "Location", "///evil.example/x", "/app///evil.example/x"},
		{"", "Location", "http://shop.example//evil.example", "/app//evil.example"},
		{"", "Location", "http://u@shop.example/x", "http://u@shop.example/x"},
		{"", "Location", "next", "next"}, {"", "Location", "../x", "../x"}, {"", "Location", "?page=2", "?page=2"},
		{"", "Location", "", ""}, {"", "Location", "mailto:a@b", "mailto:a@b"}, {"", "Location", "/%zz", "/%zz"},
		{"/base", "Location", "/base/x", "/app/x"}, {"/base", "Location", "/base", "/app"}, {"/base", "Location", "/other", "/other"},
		{"", "Set-Cookie", "a=1; Path=/; Secure", "a=1; Path=/app; Secure"},
		{"", "Set-Cookie", "a=/; path = /x/ ;HttpOnly", "a=/; path =/app/x/;HttpOnly"},
		{"", "Set-Cookie", "a=1; Path=/app/x", "a=1; Path=/app/x"},
		{"", "Set-Cookie", "a=1", "a=1"}, {"", "Set-Cookie", "a=1; Path", "a=1; Path"}, {"", "Set-Cookie", "path=/", "path=/"},
		{"", "Set-Cookie", "__Host-a=1; Path=/; Secure", "__Host-a=1; Path=/; Secure"},
		{"/base", "Set-Cookie", "a=1; Path=/base/x", "a=1; Path=/app/x"}, {"/base", "Set-Cookie", "a=1; Path=/", "a=1; Path=/app"},
		{"/base", "Set-Cookie", "a=1; Path=/base/", "a=1; Path=/app"}, {"/base", "Set-Cookie", "a=1; Path=/other", "a=1; Path=/other"},
	} {
		to := &service{host: "127.0.0.1:3000", base: c.base}
		header := http.Header{c.field: {c.sent}}
		to.prefixedBy("/app", &url.URL{Path: "/app/y"}, "shop.example").change(header)
		if got := strings.Join(header[c.field], "|"); got != c.want {
			t.Errorf("base %q, %s %q: got %q, want %q", c.base, c.field, c.sent, got, c.want)
		}
		for prefix, path := range map[string]string{"": "/app/y", "/app": "/alias/y"} {
			untouched := http.Header{c.field: {c.sent}}
			to.prefixedBy(prefix, &url.URL{Path: path}, "shop.example").change(untouched)
			if untouched.Get(c.field) != c.sent {
				t.Errorf("%s %q without a prefix: got %q", c.field, c.sent, untouched)
			}
		}
	}
}
