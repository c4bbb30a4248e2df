package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/upstream"
	"latchkey/perms"
)

// checkUse refuses flags that cannot be meant, before anything is opened or made. It returns the host of --listen, as
// the certificate must name it.
func (s *server) checkUse(ctx context.Context) (host string, err error) {
	host, err = checkAddress(ctx, "--listen", s.Listen)
	if err == nil && s.MetricsListen != "" {
		_, err = checkAddress(ctx, "--metrics-listen", s.MetricsListen)
	}
	if err != nil {
		return "", err
	}
	if s.trusted, err = call.ParseTrustedProxies(s.Proxies); err != nil {
		return "", fmt.Errorf("%w: --trusted-proxy %w", ErrUsage, err)
	}
	if s.upstreams, err = upstream.ParseAllowed(s.Upstreams); err != nil {
		return "", fmt.Errorf("%w: --upstream-allow %w", ErrUsage, err)
	}
	for _, origin := range s.AllowOrigins {
		if err := perms.CheckOrigin(origin); err != nil {
			return "", fmt.Errorf("%w: --allow-origin: %w", ErrUsage, err)
		}
	}
	s.cors = perms.CORS{Credentials: s.AllowCredentials}
	s.cors.SetOrigins(s.AllowOrigins)
	if (s.CertFile == "") != (s.KeyFile == "") {
		return "", fmt.Errorf("%w: --cert and --key belong together: give both, or neither for the local CA", ErrUsage)
	}
	return host, nil
}

// checkAddress refuses what is not HOST:PORT, as the value of a flag.
func checkAddress(ctx context.Context, flag, address string) (host string, err error) {
	host, port, err := net.SplitHostPort(address)
	switch {
	case err != nil:
	case port == "":
		err = errors.New("the port is missing")
	default:
		_, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %s %q is not HOST:PORT, such as 127.0.0.1:8443: %w", ErrUsage, flag, address, err)
	}
	return host, nil
}

// listen opens the port that a flag names.
func listen(ctx context.Context, address, flag string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		err = fmt.Errorf("%w on %s: %w: stop the program that has it, or choose another with %s", ErrListen, address, ErrPortInUse, flag)
	case errors.Is(err, syscall.EACCES):
		err = fmt.Errorf("%w on %s: not permitted: choose a port from 1024 up with %s", ErrListen, address, flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		err = fmt.Errorf("%w on %s: this machine does not have that address: choose another with %s", ErrListen, address, flag)
	case err != nil:
		err = fmt.Errorf("%w on %s: %w", ErrListen, address, err)
	}
	return listener, err
}
