package call

import "net/http"

// sameSite trusts no other site.
var sameSite http.CrossOriginProtection

// RefuseCrossSite refuses what a page of another site has made a browser ask for: a browser sends the credentials that it
// has for this host along with any request to it. It looks at the fields that browsers set and pages cannot (Fetch Metadata
// of the W3C, and Origin of RFC 6454); other clients send neither. What only reads goes on, as the page does not get to
// see the answer; not so a WebSocket, of which it does.
func RefuseCrossSite(method, host string, header http.Header) error {
	if header["Upgrade"] != nil || header["Sec-Websocket-Key"] != nil {
		method = http.MethodPost
	}
	if method == http.MethodGet {
		return nil
	}
	if sameSite.Check(&http.Request{Method: method, Host: host, Header: header}) != nil {
		return Forbidden("a page of another site has made a browser send this: only pages of " + host + " may")
	}
	return nil
}
