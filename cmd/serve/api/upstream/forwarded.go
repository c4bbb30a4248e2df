package upstream

import (
	"net/http"
	"net/netip"

	"latchkey/cmd/serve/api/call"
	"latchkey/perms/httpfield"
)

// userField has the name of the user, for a service or a proxy: as it is stored, in UTF-8.
const userField = "Remote-User"

// forward sets the fields about the user and the way of a request, and deletes those that the client has sent.
func (p *Proxy) forward(c *call.Call, header http.Header) {
	for _, found := range httpfield.Find(header, c.Route.Resource.PassFields) {
		delete(header, found.Name)
	}
	delete(header, "Http2-Settings") // a field of the connection, even if Connection does not name it
	delete(header, userField)
	if !c.Anonymous {
		header[userField] = []string{c.Identity.Name}
	}
	header["X-Request-Id"] = []string{c.ID}
	header["X-Forwarded-Host"] = []string{c.Request.Host}
	header["X-Forwarded-Proto"] = []string{"https"}
	client := p.TrustedProxies.ClientAddress(c.Request)
	if client.IsValid() {
		header["X-Real-Ip"] = []string{client.String()}
		header["X-Forwarded-For"] = []string{client.String()}
	}
	if p.TrustedProxies.TrustsPeer(c.Request) {
		p.forwardFurther(c.Request.Header, header, client, call.PeerAddress(c.Request))
	}
}

// forwardFurther passes on what a trusted proxy has sent about the way of a request.
func (p *Proxy) forwardFurther(received, header http.Header, client, peer netip.Addr) {
	if client != peer && peer.IsValid() {
		header["X-Forwarded-For"] = []string{client.String() + ", " + peer.String()}
	}
	if host := received["X-Forwarded-Host"]; len(host) == 1 && call.IsHost(host[0]) {
		header["X-Forwarded-Host"] = host
	}
	if proto := received["X-Forwarded-Proto"]; len(proto) == 1 && (proto[0] == "http" || proto[0] == "https") {
		header["X-Forwarded-Proto"] = proto
	}
}
