package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"

	"latchkey/db/data"
)

// getSingle answers with the only document of a resource. It is always there: before it was first written it has no
// fields, or those that the server can tell itself.
func (s *server) getSingle(c *call) (answer, error) { return s.showSingle(c, nil) }

// showSingle is getSingle with the fields that the document has while it has no others of the same names.
func (s *server) showSingle(c *call, defaults data.Fields) (answer, error) {
	document, err := s.Data.GetSingle(c.request.Context(), c.collection())
	if err != nil {
		return answer{}, documentsError(err)
	}
	return c.read(document.State(), func() (answer, error) { return singleAnswer(document, defaults) })
}

// updateSingle changes the given fields of the only document of a resource.
func (s *server) updateSingle(c *call) (answer, error) { return s.changeSingle(c, nil) }

func (s *server) changeSingle(c *call, defaults data.Fields) (answer, error) {
	fields, err := readFields(c.request)
	if err != nil {
		return answer{}, err
	}
	document, err := s.Data.UpdateSingle(c.request.Context(), c.collection(), fields, s.withRoom(c, c.precondition()))
	if err != nil {
		return answer{}, documentsError(err)
	}
	reply, err := singleAnswer(document, defaults)
	return c.withState(reply, document.State()), err
}

// singleAnswer shows the fields of a document alone: the only one needs no number.
func singleAnswer(document data.Document, defaults data.Fields) (answer, error) {
	if len(defaults) == 0 {
		return answer{status: http.StatusOK, body: append(document.Body[:len(document.Body):len(document.Body)], '\n')}, nil
	}
	fields := data.Fields{}
	maps.Copy(fields, defaults)
	if err := json.Unmarshal(document.Body, &fields); err != nil { // what is in the body takes the place of a default
		return answer{}, fmt.Errorf("%w: a document is no JSON object: %w", data.ErrDamaged, err)
	}
	return jsonAnswer(fields)
}

// The store is a document that describes the installation. It begins with what the server knows of itself.

func (s *server) showStore(c *call) (answer, error) {
	defaults, err := storeDefaults(c.request.Host)
	if err != nil {
		return answer{}, err
	}
	return s.showSingle(c, defaults)
}

func (s *server) changeStore(c *call) (answer, error) {
	defaults, err := storeDefaults(c.request.Host)
	if err != nil {
		return answer{}, err
	}
	return s.changeSingle(c, defaults)
}

// storeDefaults believes the Host field, or the authority of HTTP/2, which a client can set to anything: a server behind
// a proxy does not know its own names. Only the client that sent it gets to see it, after authentication, and no cache
// may keep it (H4). Nothing else here believes it, and no link for anybody else may be made from it. Nor is it stored.
func storeDefaults(host string) (data.Fields, error) {
	if host == "" {
		return nil, &refusal{status: http.StatusBadRequest, message: "the request has no Host field"}
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
