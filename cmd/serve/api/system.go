package api

import (
	"fmt"
	"net/http"
	"strings"

	"latchkey/cmd/serve/api/wire"
)

func (s *server) showTime(*call) (answer, error) {
	return jsonAnswer(wire.Time{Time: s.Clock().Unix()})
}

// options says what the path can do, to any user: it is no more than the documentation says.
func (s *server) options(c *call) answer {
	allow := strings.Join(c.identity.Catalogue.Allow(c.request.Host, c.request.URL.Path), ", ")
	return answer{status: http.StatusOK, header: map[string]string{"Allow": allow}}
}

// probe finds the answer to a request that needs no credentials; nil for all but GET and HEAD of the two probes.
func (s *server) probe(request *http.Request) func(*call) (answer, error) {
	if request.Method != http.MethodGet && request.Method != http.MethodHead {
		return nil
	}
	switch request.URL.Path {
	case "/healthz":
		return alive
	case "/readyz":
		return s.ready
	}
	return nil
}

// alive: the process answers.
func alive(*call) (answer, error) {
	return answer{status: http.StatusOK, plain: true, body: []byte("ok\n")}, nil
}

// ready: both databases answer too, and will for a while. Anybody can ask, as often as they like, so that nothing is logged: who asks has the
// answer.
func (s *server) ready(c *call) (answer, error) {
	c.known = true
	if s.Stopping != nil && s.Stopping() {
		return answer{}, &refusal{status: http.StatusServiceUnavailable, message: "the server is stopping", header: map[string]string{"Retry-After": "1"}}
	}
	if err := s.checkAvailable(c); err != nil {
		return answer{}, err
	}
	s.awaitTurn(c)
	ctx := c.request.Context()
	if err := s.Users.Check(ctx); err != nil {
		return answer{}, fmt.Errorf("%w: %w", errUsers, err)
	}
	if err := s.Data.Check(ctx); err != nil {
		return answer{}, documentsError(err)
	}
	return alive(c)
}
