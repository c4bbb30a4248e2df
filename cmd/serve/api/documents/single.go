package documents

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"

	"latchkey/cmd/serve/api/call"
	"latchkey/db/data"
)

// getSingle answers with the only document of a resource. It is always there: before it was first written it has no
// fields, or those that the server can tell itself.
func (d *Documents) getSingle(c *call.Call) (call.Response, error) { return d.showSingle(c, nil) }

// showSingle is getSingle with the fields that the document has while it has no others of the same names.
func (d *Documents) showSingle(c *call.Call, defaults data.Fields) (call.Response, error) {
	document, err := d.Data.GetSingle(c.Request.Context(), collection(c))
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	return c.Conditional(document.State(), func() (call.Response, error) { return singleResponse(document, defaults) })
}

// updateSingle changes the given fields of the only document of a resource.
func (d *Documents) updateSingle(c *call.Call) (call.Response, error) { return d.changeSingle(c, nil) }

func (d *Documents) changeSingle(c *call.Call, defaults data.Fields) (call.Response, error) {
	fields, err := call.ReadFields(c.Request)
	if err != nil {
		return call.Response{}, err
	}
	document, err := d.Data.UpdateSingle(c.Request.Context(), collection(c), fields, d.withRoom(c, c.Precondition()))
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	response, err := singleResponse(document, defaults)
	return c.WithValidators(response, document.State()), err
}

// singleResponse shows the fields of a document alone: the only one needs no number.
func singleResponse(document data.Document, defaults data.Fields) (call.Response, error) {
	if len(defaults) == 0 {
		return call.Response{Status: http.StatusOK, Body: append(document.Body[:len(document.Body):len(document.Body)], '\n')}, nil
	}
	fields := data.Fields{}
	maps.Copy(fields, defaults)
	if err := json.Unmarshal(document.Body, &fields); err != nil { // what is in the body takes the place of a default
		return call.Response{}, fmt.Errorf("%w: a document is no JSON object: %w", data.ErrDamaged, err)
	}
	return call.JSON(fields)
}

// The store is a document that describes the installation. It begins with what the server knows of itself.

func (d *Documents) ShowStore(c *call.Call) (call.Response, error) {
	defaults, err := storeDefaults(c.Request.Host)
	if err != nil {
		return call.Response{}, err
	}
	return d.showSingle(c, defaults)
}

func (d *Documents) ChangeStore(c *call.Call) (call.Response, error) {
	defaults, err := storeDefaults(c.Request.Host)
	if err != nil {
		return call.Response{}, err
	}
	return d.changeSingle(c, defaults)
}

// storeDefaults believes the Host field, or the authority of HTTP/2, which a client can set to anything: a server behind
// a proxy does not know its own names. Only the client that sent it gets to see it, after authentication, and no cache
// may keep it (H4). Nothing else here believes it, and no link for anybody else may be made from it. Nor is it stored.
func storeDefaults(host string) (data.Fields, error) {
	if host == "" {
		return nil, &call.Error{Status: http.StatusBadRequest, Message: "the request has no Host field"}
	}
	domain, _, err := net.SplitHostPort(host)
	if err != nil { // there is no port
		domain = strings.Trim(host, "[]")
	}
	fields := data.Fields{}
	for name, value := range map[string]string{"domain": domain, "secure_url": "https://" + host} {
		if fields[name], err = json.Marshal(value); err != nil {
			return nil, fmt.Errorf("encoding the %s of the store: %w", name, err)
		}
	}
	return fields, nil
}
