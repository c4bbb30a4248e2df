package upstream

import (
	"fmt"
	"net/http"

	"latchkey/cmd/serve/api/call"
	"latchkey/perms/httpfield"
)

// checkConnection returns an error if the Connection field names a field that is not about a connection (H12): proxies remove
// the named fields, and a service may then believe others in their place.
func checkConnection(header http.Header, status int) error {
	if option := httpfield.OddOption(header["Connection"]); option != "" {
		return &call.Error{Status: status, Message: fmt.Sprintf("the Connection field names %.64q, which is not a field of a connection", option)}
	}
	return nil
}

// checkFields returns an error if the service behind a proxy would get a field from the client that it would not get in a
// request that is passed on from here. Fields about the way of a request are allowed: the proxy sets them.
func checkFields(c *call.Call) error {
	header := c.Request.Header
	if err := checkConnection(header, http.StatusForbidden); err != nil {
		return err
	}
	if protocol := httpfield.OddUpgrade(header["Upgrade"]); protocol != "" {
		return call.Forbidden(fmt.Sprintf("the original request is not clear: by another protocol, %.64q, it could make requests that are not checked", protocol))
	}
	for _, found := range httpfield.Find(header, c.Route.Resource.PassFields) {
		if found.Kind != httpfield.Way {
			return call.Forbidden(fmt.Sprintf("the original request is not clear: the service behind may believe its field %.128s: %s", found.Name, found.Why))
		}
	}
	return nil
}
