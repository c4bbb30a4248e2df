package serve

import (
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/cmd/serve/certificate"
)

// withPair makes a server that brings its own certificate.
func withPair(t *testing.T) (*server, *certificatePair) {
	t.Helper()
	pair := newPair(t, t.TempDir())
	s := newServer(t)
	s.CertFile, s.KeyFile = pair.certFile, pair.keyFile
	return s, &pair
}

// client is one that trusts the CA of the pair, on kept connections or on a new one for each request.
func (p *certificatePair) client(t *testing.T, keep bool) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.authority}, DisableKeepAlives: !keep}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

func TestOwnCertificate(t *testing.T) {
	t.Parallel()
	s, pair := withPair(t)
	r := start(t, s)
	got := r.getTime(t, pair.client(t, true), "admin", r.firstToken(t))
	if got.status != http.StatusOK || got.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("got %d, HSTS %q, want 200 with HSTS", got.status, got.header.Get("Strict-Transport-Security"))
	}
	for _, name := range []string{certificate.AuthorityFile, certificate.AuthorityKeyFile} {
		if missing, err := isMissing(beside(s.Database, name)); err != nil || !missing {
			t.Errorf("%s: got it made (%v), want no local CA beside a certificate of one's own", name, err)
		}
	}
}

// TestReloadUnderLoad: while requests run on new and on kept connections, the certificate changes again and again; no
// request fails, and the last certificate is the one served in the end (H9).
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	s, pair := withPair(t)
	clock := &fakeClock{time: time.Now()}
	s.Clock = clock.now
	r := start(t, s)
	token := r.firstToken(t)
	var group sync.WaitGroup
	var over atomic.Bool
	var requests atomic.Int64
	for worker := range 4 {
		client := pair.client(t, worker%2 == 0)
		group.Go(func() {
			for !over.Load() {
				response, err := client.Do(request(t, http.MethodGet, r.url+"/api/v2/time", "admin", token))
				if err != nil {
					t.Errorf("a request during reloads: %v", err)
					return
				}
				response.Body.Close()
				requests.Add(1)
			}
		})
	}
	client := pair.client(t, false)
	for range 20 {
		pair.renew(t)
		clock.advance(time.Second)
		response, err := client.Do(request(t, http.MethodGet, r.url+"/healthz", "", ""))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	over.Store(true)
	group.Wait()
	clock.advance(time.Second)
	response, err := client.Do(request(t, http.MethodGet, r.url+"/healthz", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := response.TLS.PeerCertificates[0].SerialNumber.String(); got != pair.leaf.SerialNumber.String() {
		t.Errorf("in the end: got serial %s, want the last, %s", got, pair.leaf.SerialNumber.String())
	}
	if requests.Load() == 0 {
		t.Error("no request was made during the reloads")
	}
}

// TestMessagesOfAReplacedAuthority: clients must hear that the file they trust is no longer the one.
func TestMessagesOfAReplacedAuthority(t *testing.T) {
	t.Parallel()
	first := start(t, newServer(t))
	before := first.client(t)
	mustRemove(t, beside(first.Database, certificate.AuthorityFile))
	for _, test := range []struct{ listen, says string }{
		{"127.0.0.1:0", "NOTICE: the local CA was replaced by a new one, since ca.pem was missing."},
		{"127.0.0.1:0", ""},
		{"0.0.0.0:0", "warning: the local CA's certificate is for localhost, 127.0.0.1 and ::1 alone"},
	} {
		s := newServer(t)
		s.Database, s.Listen = first.Database, []string{test.listen}
		r := start(t, s)
		messages, _, _ := strings.Cut(r.messages.String(), "listening on ")
		if !strings.Contains(messages, test.says) || test.says == "" && messages != "" {
			t.Errorf("listening on %s: got %q, want it to say %q", test.listen, messages, test.says)
		}
		if got := do(t, r.client(t), request(t, http.MethodGet, r.url+"/healthz", "", "")); got.status != http.StatusOK {
			t.Errorf("listening on %s, with the file as it is now: got %d, want 200", test.listen, got.status)
		}
		response, err := before.Do(request(t, http.MethodGet, r.url+"/healthz", "", ""))
		if err == nil {
			response.Body.Close()
			t.Errorf("listening on %s: a client that trusts the former CA was answered", test.listen)
		}
		r.stop(t)
	}
	if got := do(t, before, request(t, http.MethodGet, first.url+"/healthz", "", "")); got.status != http.StatusOK {
		t.Errorf("the server that runs already, with the former file: got %d, want 200", got.status)
	}
}

// TestAnotherHostLeavesTheFirstServerAlone: a second server whose host the CA is not for does not start.
func TestAnotherHostLeavesTheFirstServerAlone(t *testing.T) {
	t.Parallel()
	first := start(t, newServer(t))
	client, before := first.client(t), listing(t, first.directory())
	second := newServer(t)
	second.Database, second.Listen = first.Database, []string{"127.0.0.2:0"}
	if _, err := refusal(t, second); !errors.Is(err, certificate.ErrUnusable) || !strings.Contains(err.Error(), "is not for 127.0.0.2") {
		t.Errorf("got %v, want %v for 127.0.0.2", err, certificate.ErrUnusable)
	}
	if after := listing(t, first.directory()); after != before {
		t.Errorf("files: got\n%s\nwant them untouched\n%s", after, before)
	}
	first.stop(t)
	again := newServer(t)
	again.Database = first.Database
	r := start(t, again)
	if got := do(t, client, request(t, http.MethodGet, r.url+"/healthz", "", "")); got.status != http.StatusOK {
		t.Errorf("a client of the first server, after its restart: got %d, want 200", got.status)
	}
}
