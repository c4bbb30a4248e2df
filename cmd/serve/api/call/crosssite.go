package call

import "net/http"

// sameSite allows no other site.
var sameSite http.CrossOriginProtection

// CheckSameSite returns an error for a request that a page of another site has made a browser send (CSRF): browsers add the
// credentials that they have for this host to any request to it. It reads the header fields that browsers set and pages
// cannot: those of Fetch Metadata (W3C) and Origin (RFC 6454). Other clients send neither. GET is allowed, as such a page
// cannot read the response; a WebSocket is not, as there it can.
func CheckSameSite(method, host string, header http.Header) error {
	if isSocket(header) {
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

func isSocket(header http.Header) bool {
	return header["Upgrade"] != nil || header["Sec-Websocket-Key"] != nil
}
