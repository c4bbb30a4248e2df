package serve

import (
	"context"
	"errors"
	"fmt"
	"net"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/upstream"
	"latchkey/cmd/serve/certificate"
	"latchkey/cmd/serve/listen"
	"latchkey/perms"
)

// checkUse refuses flags that cannot be meant, before anything is opened or made.
func (s *server) checkUse(ctx context.Context) (err error) {
	if err = s.checkListen(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	if s.trusted, err = call.ParseTrustedProxies(s.Proxies); err != nil {
		return fmt.Errorf("%w: --trusted-proxy %w", ErrUsage, err)
	}
	if s.upstreams, err = upstream.ParseAllowed(s.Upstreams); err != nil {
		return fmt.Errorf("%w: --upstream-allow %w", ErrUsage, err)
	}
	for _, origin := range s.AllowOrigins {
		if err := perms.CheckOrigin(origin); err != nil {
			return fmt.Errorf("%w: --allow-origin: %w", ErrUsage, err)
		}
	}
	s.cors = perms.CORS{Credentials: s.AllowCredentials}
	s.cors.SetOrigins(s.AllowOrigins)
	if (s.CertFile == "") != (s.KeyFile == "") {
		return fmt.Errorf("%w: --cert and --key belong together: give both, or neither for the local CA", ErrUsage)
	}
	if s.CertFile != "" && len(s.Names) > 0 {
		return fmt.Errorf("%w: --name is for the local CA's certificate: with --cert the names are those of the file", ErrUsage)
	}
	return nil
}

func (s *server) checkListen(ctx context.Context) error {
	for _, text := range s.Listen {
		address, err := listen.Parse(ctx, "--listen", text)
		if err != nil {
			return err
		}
		s.addresses = append(s.addresses, address)
	}
	for _, name := range s.Names {
		if certificate.IsWildcard(name) || !certificate.IsName(name) {
			return fmt.Errorf("--name %q is neither a host name nor an address", name)
		}
	}
	access, err := listen.ParseAccess(s.SocketMode, s.SocketOwner)
	s.access = access
	if err == nil && s.MetricsListen != "" {
		var address listen.Address
		if address, err = listen.Parse(ctx, "--metrics-listen", s.MetricsListen); err == nil && address.Path != "" {
			err = fmt.Errorf("--metrics-listen %q is not HOST:PORT, such as 127.0.0.1:9464", s.MetricsListen)
		}
	}
	return err
}

// opened is what a server listens on.
type opened struct {
	net.Listener
	places []place
}

// place is one address of them.
type place struct {
	host string   // as the certificate must name it
	at   net.Addr // with the port that was given
}

// listenAll opens the sockets of the service manager and the addresses of --listen; the default address only without those.
func (s *server) listenAll(ctx context.Context) (*opened, error) {
	listeners, err := listen.Inherited(s.ListenPID, s.ListenFDs)
	if err != nil {
		return nil, err
	}
	places := make([]place, 0, len(listeners)+len(s.addresses))
	for _, one := range listeners {
		places = append(places, place{hostOf(one.Addr()), one.Addr()})
	}
	addresses := s.addresses
	if s.DefaultListen && len(listeners) > 0 {
		addresses = nil
	}
	for _, address := range addresses {
		one, err := address.Open(ctx, s.access)
		if err != nil {
			return nil, errors.Join(err, closeAll(listeners))
		}
		listeners, places = append(listeners, one), append(places, place{address.Host, one.Addr()})
	}
	return &opened{listen.Together(listeners), places}, nil
}

func closeAll(listeners []net.Listener) (err error) {
	for _, one := range listeners {
		err = errors.Join(err, one.Close())
	}
	return err
}

// hostOf is the host of a socket that the service manager has opened.
func hostOf(at net.Addr) string {
	host, _, err := net.SplitHostPort(at.String())
	if err != nil {
		return "localhost" // a Unix socket
	}
	return host
}

// hosts are those that the certificate must name.
func (o *opened) hosts() (all []string) {
	for _, one := range o.places {
		all = append(all, one.host)
	}
	return all
}
