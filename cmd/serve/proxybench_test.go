package serve

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
)

// BenchmarkReverseProxyAlone is the floor of proxying (P11): net/http over TLS and httputil.ReverseProxy, with as many idle
// connections to the service as ours keeps. Compare within one run only.
func BenchmarkReverseProxyAlone(b *testing.B) { reverseProxy(b, nil) }

// BenchmarkReverseProxyWithBuffers keeps its buffers, as ours does, which is most of what a small answer costs.
func BenchmarkReverseProxyWithBuffers(b *testing.B) { reverseProxy(b, new(keptBuffers)) }

func reverseProxy(b *testing.B, buffers httputil.BufferPool) {
	b.Helper()
	service := httptest.NewServer(http.HandlerFunc(answerWithoutLooking))
	b.Cleanup(service.Close)
	to, err := url.Parse(service.URL)
	if err != nil {
		b.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:    func(r *httputil.ProxyRequest) { r.SetURL(to); r.SetXForwarded() },
		Transport:  &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true},
		BufferPool: buffers,
	}
	askFor(b, "/app/x", bareTLS(b, proxy), "")
}

type keptBuffers struct{ sync.Pool }

func (k *keptBuffers) Get() []byte {
	if buffer, ok := k.Pool.Get().(*[]byte); ok {
		return *buffer
	}
	return make([]byte, 32<<10)
}

func (k *keptBuffers) Put(buffer []byte) { k.Pool.Put(&buffer) }

// BenchmarkAuthenticatedProxying is the whole server in front of the same service: TLS, authentication, the decision, the
// catalogue of the database, and what watches over streams.
func BenchmarkAuthenticatedProxying(b *testing.B) {
	service := httptest.NewServer(http.HandlerFunc(answerWithoutLooking))
	b.Cleanup(service.Close)
	s := newServer(b)
	r := start(b, s)
	r.saveService(b, service.URL)
	askFor(b, "/app/x", r.address(), request(b, http.MethodGet, r.url, firstUser, r.firstToken(b)).Header.Get("Authorization"))
}

// saveService puts a service behind /app.
func (r *running) saveService(t testing.TB, url string) {
	t.Helper()
	users, err := db.Open(t.Context(), r.Database, db.Options{Clock: r.Clock, Writable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { users.Close() })
	edit := db.Edit{Kind: model.KindResource, Names: []string{"app"}, Draft: drafts.Draft{Operator: r.Operator}, Change: func(target *model.Target) error {
		target.Next = &model.Object{Kind: model.KindResource, Name: "app"}
		target.Next.Serve(perms.Resource{Title: "app", Path: "/app", Backend: perms.Proxied,
			Upstream: perms.Upstream{URL: url, StripPrefix: "/app"}, Requests: perms.DefaultRequests(perms.Proxied, "app", "")})
		return nil
	}}
	if _, err := users.SaveEdit(t.Context(), edit, ""); err != nil {
		t.Fatal(err)
	}
}
