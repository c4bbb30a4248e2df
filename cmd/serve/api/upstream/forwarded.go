package upstream

import (
	"net/http"
	"net/netip"

	"latchkey/cmd/serve/api/call"
	"latchkey/perms/httpfield"
)

// userField tells a service or a proxy who is asking: the username as latchkey has it, in UTF-8.
const userField = "Remote-User"

// forward sets what the service is told of a request's way here, and takes out what the client said of it.
func (p *Proxy) forward(c *call.Call, header http.Header) {
	for _, found := range httpfield.Find(header, c.Route.Resource.PassFields) {
		delete(header, found.Name)
	}
	delete(header, "Http2-Settings") // of the connection, where Connection does not name it too
	header[userField] = []string{c.Identity.Name}
	header["X-Request-Id"] = []string{c.ID}
	header["X-Forwarded-Host"] = []string{c.Request.Host}
	header["X-Forwarded-Proto"] = []string{"https"}
	peer := call.PeerAddress(c.Request)
	if !peer.IsValid() {
		return
	}
	client := p.TrustedProxies.ClientAddress(c.Request)
	header["X-Real-Ip"] = []string{client.String()}
	header["X-Forwarded-For"] = []string{client.String()}
	if p.TrustedProxies.Contains(peer) {
		p.forwardFurther(c.Request.Header, header, client, peer)
	}
}

// forwardFurther passes on what a trusted proxy said.
func (p *Proxy) forwardFurther(said, header http.Header, client, peer netip.Addr) {
	if client != peer {
		header["X-Forwarded-For"] = []string{client.String() + ", " + peer.String()}
	}
	if host := said["X-Forwarded-Host"]; len(host) == 1 && call.IsHost(host[0]) {
		header["X-Forwarded-Host"] = host
	}
	if proto := said["X-Forwarded-Proto"]; len(proto) == 1 && (proto[0] == "http" || proto[0] == "https") {
		header["X-Forwarded-Proto"] = proto
	}
}
