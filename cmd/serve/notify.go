package serve

import (
	"context"
	"net"
)

// Messages to a service manager (sd_notify(3)).
const (
	notifyReady    = "READY=1"
	notifyStopping = "STOPPING=1"
)

// notify reports a state to the service manager that started the process, if one wants to know. It gives the path of a socket, or the
// name of an abstract one with "@" in the place of its first byte, which package net writes in the same way.
func (s *server) notify(ctx context.Context, state string) {
	if s.NotifySocket == "" {
		return
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(context.WithoutCancel(ctx), "unixgram", s.NotifySocket)
	if err == nil {
		_, err = conn.Write([]byte(state))
		_ = conn.Close()
	}
	if err != nil {
		s.Log.Error("service manager cannot be notified", "state", state, "error", err)
	}
}
