package api

import (
	"net/http"

	"latchkey/cmd/serve/api/call"
)

// The methods of [upstream.Pipeline].

// SendError responds with an error.
func (s *server) SendError(w http.ResponseWriter, c *call.Call, err error) {
	response := s.errorResponse(c, err)
	c.Origin.Set(w.Header())
	call.SetCommonHeaders(w.Header(), c.ID, s.StrictTransport)
	response.Write(w)
}

// LogCut logs why a response was cut off.
func (s *server) LogCut(c *call.Call, cause error) {
	leftOut, admitted := s.cuts.Admit(s.Clock())
	if !admitted {
		return
	}
	s.Log.Info("response cut off", "request_id", c.ID, "user", c.Identity.Name, "resource", c.Route.Resource.Name,
		"reason", cause.Error(), "left_out_before", leftOut)
}
