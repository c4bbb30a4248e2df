package upstream

import (
	"fmt"
	"net/http"

	"latchkey/cmd/serve/api/call"
	"latchkey/perms/httpfield"
)

// refuseConnection refuses a request whose Connection field names fields that are none of a connection (H12): whoever
// passes it on takes these out, and a service then believes what is left in their place.
func refuseConnection(header http.Header, status int) error {
	if option := httpfield.OddOption(header["Connection"]); option != "" {
		return &call.Error{Status: status, Message: fmt.Sprintf("the Connection field names %.64q, which is no field of a connection", option)}
	}
	return nil
}

// refuseFields refuses the original request where the service behind the proxy would see what it would not see of a
// request that is passed on from here. Only the fields by which proxies tell the way of a request are theirs to say.
func refuseFields(c *call.Call) error {
	header := c.Request.Header
	if err := refuseConnection(header, http.StatusForbidden); err != nil {
		return err
	}
	if protocol := httpfield.OddUpgrade(header["Upgrade"]); protocol != "" {
		return call.Forbidden(fmt.Sprintf("the original request is not clear: by another protocol, %.64q, it could make requests that nobody decides about", protocol))
	}
	for _, found := range httpfield.Find(header, c.Route.Resource.PassFields) {
		if found.Kind != httpfield.Way {
			return call.Forbidden(fmt.Sprintf("the original request is not clear: the service behind may believe its field %.128s: %s", found.Name, found.Why))
		}
	}
	return nil
}
