package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"latchkey/cmd/serve/listen"
)

const (
	metricsPath        = "/metrics"
	metricsConnections = 64
	metricsTimeout     = 10 * time.Second // of a request, a response, and of an idle connection
)

// metricsServer serves a scraper by plain HTTP on a port of its own, so that no path of the API shows metrics. A
// nil *metricsServer is none.
type metricsServer struct {
	web     *http.Server
	address net.Addr
	ended   chan error
}

// openMetrics opens the port of --metrics-listen and serves there. The metrics hold no secrets, but everybody who
// reaches the port may read it.
func (s *server) openMetrics(ctx context.Context, page http.Handler) (*metricsServer, error) {
	if s.MetricsListen == "" {
		return nil, nil
	}
	address, err := listen.Parse(ctx, "--metrics-listen", s.MetricsListen)
	if err != nil {
		return nil, err
	}
	listener, err := address.Open(ctx, s.access)
	if err != nil {
		return nil, err
	}
	if !isLoopback(listener.Addr()) {
		s.print(fmt.Sprintf("warning: whoever reaches %s can read the metrics, without TLS or credentials\n", listener.Addr()))
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+metricsPath, page)
	base := context.WithoutCancel(ctx)
	opened := &metricsServer{address: listener.Addr(), ended: make(chan error, 1), web: &http.Server{
		Handler: mux, ReadTimeout: metricsTimeout, WriteTimeout: metricsTimeout, IdleTimeout: metricsTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:    slog.NewLogLogger(redacting{s.Log.Handler()}, slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return base },
	}}
	limited := &fewConnections{Listener: listener, places: make(chan struct{}, metricsConnections)}
	go func() { opened.ended <- opened.web.Serve(limited) }()
	return opened, nil
}

func isLoopback(address net.Addr) bool {
	parsed, err := netip.ParseAddrPort(address.String())
	return err == nil && parsed.Addr().Unmap().IsLoopback()
}

func (m *metricsServer) url() string {
	if m == nil {
		return ""
	}
	return "http://" + m.address.String() + metricsPath
}

// close ends the connections: a scraper asks again.
func (m *metricsServer) close() error {
	if m == nil {
		return nil
	}
	err := m.web.Close()
	if ended := <-m.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// fewConnections is a listener whose clients wait while it has as many connections as it has places. Each ends within
// metricsTimeout unless it goes on asking.
type fewConnections struct {
	net.Listener
	places chan struct{}
}

// Accept waits for the next connection and then for a place.
func (f *fewConnections) Accept() (net.Conn, error) {
	conn, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	f.places <- struct{}{}
	return &placedConnection{Conn: conn, leave: sync.OnceFunc(func() { <-f.places })}, nil
}

type placedConnection struct {
	net.Conn
	leave func()
}

// Close closes the connection and frees its place.
func (p *placedConnection) Close() error {
	defer p.leave()
	return p.Conn.Close()
}
