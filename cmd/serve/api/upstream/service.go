package upstream

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"latchkey/perms"
)

const (
	defaultServiceTimeout = 60 * time.Second // until the header of the response
	defaultServiceBody    = 1 << 30          // bytes of a request body, which is never in memory as a whole
	maxServiceHeader      = 64 << 10         // bytes of the header of a response
	dialTimeout           = 10 * time.Second
	idleServiceTime       = 500 * time.Millisecond // less than services keep them: what is sent while they close one is lost
	maxIdleService        = 256                    // idle connections to one service that are kept
	socketHost            = "localhost"
)

// service is the address of another service and the pool of connections to it.
type service struct {
	scheme, host string
	base         string // in front of all paths, escaped; without a slash at the end
	transport    *http.Transport
}

// newService reads the URL of a saved resource. That URL alone says where a request goes: neither the request nor the
// environment (HTTP_PROXY) can change it.
func newService(at perms.Upstream, allowed Allowed) (*service, error) {
	timeout := serviceTimeout(at)
	dialer := &net.Dialer{Timeout: min(dialTimeout, timeout)}
	made := &service{transport: &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    min(dialTimeout, timeout),
		ResponseHeaderTimeout:  timeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxServiceHeader,
		MaxIdleConnsPerHost:    maxIdleService,
		IdleConnTimeout:        idleServiceTime,
		DisableCompression:     true, // responses are passed on as they are
	}}
	if socket, isSocket := strings.CutPrefix(at.URL, "unix:"); isSocket {
		if !allowed.socket(socket) {
			return nil, fmt.Errorf("%w: %w", errService, errNotAllowed)
		}
		made.scheme, made.host = "http", socketHost
		made.transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", socket)
		}
		return made, nil
	}
	parsed, err := url.Parse(at.URL)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return nil, fmt.Errorf("the URL of an upstream is neither http, https nor unix") // the URL may contain a secret
	}
	if port := cmp.Or(parsed.Port(), map[string]string{"http": "80", "https": "443"}[parsed.Scheme]); !allowed.named(parsed.Hostname(), port) {
		dialer.Control = allowed.control
	}
	made.scheme, made.host, made.base = parsed.Scheme, parsed.Host, strings.TrimSuffix(parsed.EscapedPath(), "/")
	return made, nil
}

func serviceTimeout(at perms.Upstream) time.Duration {
	if at.Timeout > 0 {
		return at.Timeout
	}
	return defaultServiceTimeout
}

func serviceBody(at perms.Upstream) int64 {
	if at.MaxBody > 0 {
		return at.MaxBody
	}
	return defaultServiceBody
}

// services are the services that requests were passed on to. It is safe for concurrent use.
type services struct {
	allowed Allowed

	mutex sync.RWMutex
	known map[serviceKey]*service
}

// serviceKey is the part of an upstream that needs a pool of connections of its own.
type serviceKey struct {
	url     string
	timeout time.Duration
}

func keyOf(at perms.Upstream) serviceKey { return serviceKey{url: at.URL, timeout: serviceTimeout(at)} }

// find finds or makes a service. When it makes one, it forgets the services that are not in the catalogue any more: their
// requests continue, their idle connections are closed. Idle connections that are never closed here time out.
func (s *services) find(at perms.Upstream, catalogue *perms.Catalogue) (*service, error) {
	key := keyOf(at)
	s.mutex.RLock()
	found := s.known[key]
	s.mutex.RUnlock()
	if found != nil {
		return found, nil
	}
	made, err := newService(at, s.allowed)
	if err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if found = s.known[key]; found != nil {
		return found, nil
	}
	s.forget(catalogue)
	if s.known == nil {
		s.known = map[serviceKey]*service{}
	}
	s.known[key] = made
	return made, nil
}

func (s *services) forget(catalogue *perms.Catalogue) {
	wanted := map[serviceKey]bool{}
	for _, resource := range catalogue.Resources() {
		if resource.Backend == perms.Proxied {
			wanted[keyOf(resource.Upstream)] = true
		}
	}
	for key, one := range s.known {
		if !wanted[key] {
			delete(s.known, key)
			one.transport.CloseIdleConnections()
		}
	}
}

// target is the URL of a request at the service. The path stays escaped as the client has sent it. prefix, which is whole
// segments without escapes, is removed from its front.
func (s *service) target(requested *url.URL, prefix string) *url.URL {
	escaped := requested.EscapedPath()
	if prefix != "" && (requested.Path == prefix || strings.HasPrefix(requested.Path, prefix+"/")) {
		escaped = withoutSegments(escaped, strings.Count(prefix, "/"))
	}
	if escaped == "" && s.base == "" {
		escaped = "/"
	}
	escaped = s.base + escaped
	decoded, err := url.PathUnescape(escaped)
	if err != nil { // impossible: it was parsed before
		decoded = escaped
	}
	return &url.URL{Scheme: s.scheme, Host: s.host, Path: decoded, RawPath: escaped,
		RawQuery: requested.RawQuery, ForceQuery: requested.ForceQuery}
}

// withoutSegments removes segments from the front of an escaped path. An escaped path has as many slashes as the decoded one,
// since a path with escaped slashes is rejected.
func withoutSegments(escaped string, count int) string {
	for range count {
		next := strings.IndexByte(escaped[1:], '/')
		if next < 0 {
			return ""
		}
		escaped = escaped[1+next:]
	}
	return escaped
}
