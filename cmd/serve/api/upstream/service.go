package upstream

import (
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
	defaultServiceTimeout = 60 * time.Second // until the header of an answer
	defaultServiceBody    = 1 << 30          // bytes of a request; they pass through and are never held
	maxServiceHeader      = 64 << 10         // bytes of an answer's header
	dialTimeout           = 10 * time.Second
	idleServiceTime       = 60 * time.Second
	maxIdleService        = 256 // connections to one service that are kept for later
	socketHost            = "localhost"
)

// service is another service as requests reach it: where it is, and its pool of connections.
type service struct {
	scheme, host string
	base         string // of paths, escaped; without a slash at the end
	transport    *http.Transport
}

// newService reads the URL of a saved resource, which is the only thing that says where a request goes: no part of the
// request does, nor does the environment (HTTP_PROXY).
func newService(at perms.Upstream) (*service, error) {
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
		DisableCompression:     true, // what the client did not ask for is not asked for, nor unpacked
	}}
	if socket, isSocket := strings.CutPrefix(at.URL, "unix:"); isSocket {
		made.scheme, made.host = "http", socketHost
		made.transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", socket)
		}
		return made, nil
	}
	parsed, err := url.Parse(at.URL)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return nil, fmt.Errorf("the URL of an upstream is none of http, https or unix") // the URL may hold what is secret
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

// services are those that requests went to. It is safe for concurrent use.
type services struct {
	mutex sync.RWMutex
	known map[serviceKey]*service
}

// serviceKey is what of an upstream makes another pool of connections.
type serviceKey struct {
	url     string
	timeout time.Duration
}

func keyOf(at perms.Upstream) serviceKey { return serviceKey{url: at.URL, timeout: serviceTimeout(at)} }

// find finds or makes a service. When one is made, those that the catalogue does not have any more are forgotten: their
// requests run on, their idle connections are closed. What no request makes room for closes them by itself in time.
func (s *services) find(at perms.Upstream, catalogue *perms.Catalogue) (*service, error) {
	key := keyOf(at)
	s.mutex.RLock()
	found := s.known[key]
	s.mutex.RUnlock()
	if found != nil {
		return found, nil
	}
	made, err := newService(at)
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

// target is where a request for a path goes. The path stays as it was escaped by the client. prefix, which is whole
// segments without anything escaped, is taken from its front.
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
	if err != nil { // what was parsed can be parsed
		decoded = escaped
	}
	return &url.URL{Scheme: s.scheme, Host: s.host, Path: decoded, RawPath: escaped,
		RawQuery: requested.RawQuery, ForceQuery: requested.ForceQuery}
}

// withoutSegments takes segments from the front of an escaped path: it has as many slashes as the path that was compared,
// as a path with escaped ones is refused.
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
