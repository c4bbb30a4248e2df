package documents

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"latchkey/cmd/serve/api/call"
	"latchkey/db/data"
)

// getSingle responds with the only document of a resource. It always exists: before it is first written it has no fields, or
// those that the server knows itself.
func (d *Documents) getSingle(c *call.Call) (call.Response, error) { return d.showSingle(c, nil) }

// showSingle is getSingle with default values of fields.
func (d *Documents) showSingle(c *call.Call, defaults data.Fields) (call.Response, error) {
	document, err := d.Data.GetSingle(c.Request.Context(), collection(c))
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	return c.Conditional(document.State(), func() (call.Response, error) { return singleResponse(shownTo(c), document, defaults) })
}

// updateSingle changes the given fields of the only document of a resource.
func (d *Documents) updateSingle(c *call.Call) (call.Response, error) { return d.changeSingle(c, nil) }

func (d *Documents) changeSingle(c *call.Call, defaults data.Fields) (call.Response, error) {
	fields, err := c.ReadFields(call.MaxDocument)
	if err != nil {
		return call.Response{}, err
	}
	shows := shownTo(c)
	if err := shows.withoutShown(c, fields, c.Route.ParentID); err != nil {
		return call.Response{}, err
	}
	document, err := d.Data.UpdateSingle(c.Request.Context(), collection(c), fields, d.reserving(c, shows, c.Precondition()))
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	response, err := singleResponse(shows, document, defaults)
	return c.WithValidators(response, document.State()), err
}

// singleResponse shows a document without id and dates: there is only one.
func singleResponse(shows shown, document data.Document, defaults data.Fields) (call.Response, error) {
	if len(defaults) == 0 {
		members := bytes.TrimPrefix(shows.appendFields(nil, document), []byte(","))
		return call.Response{Status: http.StatusOK, Body: slices.Concat([]byte("{"), members, []byte("}\n"))}, nil
	}
	fields := data.Fields{}
	maps.Copy(fields, defaults)
	if err := json.Unmarshal(document.Body, &fields); err != nil { // fields of the body replace defaults
		return call.Response{}, fmt.Errorf("%w: a document is not a JSON object: %w", data.ErrDamaged, err)
	}
	return call.JSON(fields)
}

// ShowStore responds with the store: a single document that describes the installation. Its defaults are what the server
// knows of itself.
func (d *Documents) ShowStore(c *call.Call) (call.Response, error) {
	defaults, err := storeDefaults(d.URL)
	if err != nil {
		return call.Response{}, err
	}
	return d.showSingle(c, defaults)
}

// ChangeStore changes the given fields of the store.
func (d *Documents) ChangeStore(c *call.Call) (call.Response, error) {
	defaults, err := storeDefaults(d.URL)
	if err != nil {
		return call.Response{}, err
	}
	return d.confirmed(c).changeSingle(c, defaults)
}

// storeDefaults is what the server knows of itself: the address that it prints when it starts. The Host field of a request is
// not used, since a client can set it to anything.
func storeDefaults(address string) (data.Fields, error) {
	at, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("reading the URL of this server: %w", err)
	}
	fields := data.Fields{}
	for name, value := range map[string]string{"domain": at.Hostname(), "secure_url": address} {
		if fields[name], err = json.Marshal(value); err != nil {
			return nil, fmt.Errorf("encoding the %s of the store: %w", name, err)
		}
	}
	return fields, nil
}
