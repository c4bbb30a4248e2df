package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"latchkey/cmd/serve/connection"
	"latchkey/cmd/serve/fastpath"
)

// Limits of H5. They hold for our own responses, not for those of other services.
const (
	readHeaderTimeout = 5 * time.Second // of the TLS handshake too
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 16 << 10
	maxStreams        = 100
	stopTimeout       = 10 * time.Second

	// An HTTP/2 connection can use memory many times over: for a frame as large as announced, for bodies that are not read
	// yet, for responses that the client does not read.
	maxFrameSize  = 16 << 10
	maxUnreadBody = 64 << 10         // of one request, and of all on a connection
	stallTimeout  = 10 * time.Second // without a byte taken
)

// cipherSuites are those of TLS 1.2: with forward secrecy and authenticated encryption, none with CBC. TLS 1.3 has its own,
// which are all of that kind.
var cipherSuites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// getCertificate is a tls.Config's GetCertificate.
type getCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)

func newHTTPServer(ctx context.Context, handler http.Handler, certificate getCertificate, log *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	base := context.WithoutCancel(ctx) // a stop lets running requests finish
	return &http.Server{
		Handler:                      handler,
		DisableGeneralOptionsHandler: true, // it would respond to "OPTIONS *" without authentication (H3)
		TLSConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, CipherSuites: cipherSuites, GetCertificate: certificate, NextProtos: []string{"h2", "http/1.1"},
		},
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(redacting{log.Handler()}, slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnContext:       connection.ConnContext,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: maxStreams, MaxReadFrameSize: maxFrameSize, WriteByteTimeout: stallTimeout,
			MaxReceiveBufferPerStream: maxUnreadBody, MaxReceiveBufferPerConnection: maxUnreadBody,
		},
		Protocols: protocols,
	}
}

// serveUntil serves until the context ends, then lets running requests finish.
func (s *server) serveUntil(ctx context.Context, web *http.Server, listener *connection.Listener) error {
	web.RegisterOnShutdown(listener.CloseUnused)
	ended := make(chan error, 1)
	plain := s.newFastPath(web)
	secured := connection.Secure(context.WithoutCancel(ctx), listener, web.TLSConfig, readHeaderTimeout, plain, s.Log)
	go func() { ended <- web.Serve(secured) }()
	s.notify(ctx, notifyReady)
	select {
	case err := <-ended:
		return fmt.Errorf("serving: %w", errors.Join(err, web.Close()))
	case <-ctx.Done():
	}
	s.drain(ctx)
	s.ending.Store(true)
	s.info(fmt.Sprintf("stopping: running requests may finish within %v\n", s.stopTimeout))
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.stopTimeout)
	defer cancel()
	if err := web.Shutdown(limited); err != nil {
		s.Log.Warn("requests still running were cut off", "after", s.stopTimeout.String())
		_ = web.Close() // the listener is closed already, which it would report again
	}
	plain.Wait(limited)
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

// newFastPath makes the fast path to the handler of a server; nil: net/http answers everything.
func (s *server) newFastPath(web *http.Server) *fastpath.Server {
	if s.NoFastPath {
		return nil
	}
	fast := &fastpath.Server{Handler: web.Handler, Clock: s.Clock, Log: slog.New(redacting{s.Log.Handler()}),
		FirstLimit: readHeaderTimeout, IdleLimit: idleTimeout, WriteLimit: writeTimeout}
	web.RegisterOnShutdown(fast.Stop)
	return fast
}

// drain serves on for a while, though no longer ready, so that a load balancer can notice.
func (s *server) drain(ctx context.Context) {
	s.stopping.Store(true)
	s.notify(ctx, notifyStopping)
	if s.Drain <= 0 {
		return
	}
	s.info(fmt.Sprintf("stopping: no longer ready, answering on for %v\n", s.Drain))
	wait := time.NewTimer(s.Drain)
	defer wait.Stop()
	<-wait.C
}
