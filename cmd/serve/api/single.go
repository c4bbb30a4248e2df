package api

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
func (s *server) getSingle(c *call.Call) (call.Answer, error) { return s.showSingle(c, nil) }

// showSingle is getSingle with the fields that the document has while it has no others of the same names.
func (s *server) showSingle(c *call.Call, defaults data.Fields) (call.Answer, error) {
	document, err := s.Data.GetSingle(c.Request.Context(), collection(c))
	if err != nil {
		return call.Answer{}, call.DocumentsError(err)
	}
	return c.Read(document.State(), func() (call.Answer, error) { return singleAnswer(document, defaults) })
}

// updateSingle changes the given fields of the only document of a resource.
func (s *server) updateSingle(c *call.Call) (call.Answer, error) { return s.changeSingle(c, nil) }

func (s *server) changeSingle(c *call.Call, defaults data.Fields) (call.Answer, error) {
	fields, err := call.ReadFields(c.Request)
	if err != nil {
		return call.Answer{}, err
	}
	document, err := s.Data.UpdateSingle(c.Request.Context(), collection(c), fields, s.withRoom(c, c.Precondition()))
	if err != nil {
		return call.Answer{}, call.DocumentsError(err)
	}
	reply, err := singleAnswer(document, defaults)
	return c.WithState(reply, document.State()), err
}

// singleAnswer shows the fields of a document alone: the only one needs no number.
func singleAnswer(document data.Document, defaults data.Fields) (call.Answer, error) {
	if len(defaults) == 0 {
		return call.Answer{Status: http.StatusOK, Body: append(document.Body[:len(document.Body):len(document.Body)], '\n')}, nil
	}
	fields := data.Fields{}
	maps.Copy(fields, defaults)
	if err := json.Unmarshal(document.Body, &fields); err != nil { // what is in the body takes the place of a default
		return call.Answer{}, fmt.Errorf("%w: a document is no JSON object: %w", data.ErrDamaged, err)
	}
	return call.JSONAnswer(fields)
}

// The store is a document that describes the installation. It begins with what the server knows of itself.

func (s *server) showStore(c *call.Call) (call.Answer, error) {
	defaults, err := storeDefaults(c.Request.Host)
	if err != nil {
		return call.Answer{}, err
	}
	return s.showSingle(c, defaults)
}

func (s *server) changeStore(c *call.Call) (call.Answer, error) {
	defaults, err := storeDefaults(c.Request.Host)
	if err != nil {
		return call.Answer{}, err
	}
	return s.changeSingle(c, defaults)
}

// storeDefaults believes the Host field, or the authority of HTTP/2, which a client can set to anything: a server behind
// a proxy does not know its own names. Only the client that sent it gets to see it, after authentication, and no cache
// may keep it (H4). Nothing else here believes it, and no link for anybody else may be made from it. Nor is it stored.
func storeDefaults(host string) (data.Fields, error) {
	if host == "" {
		return nil, &call.Refusal{Status: http.StatusBadRequest, Message: "the request has no Host field"}
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
