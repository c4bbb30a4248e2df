package api

import (
	"net/http"

	"latchkey/cmd/serve/api/call"
)

// The bytes of large responses count, from before a response is made until the connection has taken it: clients that send
// requests and do not read must not fill the memory.
const (
	// maxPending is how many bytes of large responses may wait for their clients, unless a Config says otherwise.
	maxPending = 256 << 20
	// maxBodies is how many bytes bodies may take while they come and until they are stored, unless a Config says otherwise.
	maxBodies = 48 << 20
	// userShare: one user may have one part in so many of either.
	userShare = 4
	// xmlMemory is how many bytes the writing of XML needs besides its JSON, for the longest text that is possible.
	xmlMemory = 8 << 20
)

var errTooManyPending = &call.Error{
	Status:  http.StatusServiceUnavailable,
	Message: "too many large responses wait to be read: read those that you asked for first, or ask for a smaller limit",
	Header:  map[string]string{"Retry-After": "1"},
	NoLog:   true, // the client has caused it
}

// pendingSize is how many bytes a response counts for. Small ones count for none.
func pendingSize(size int, format call.Format) int {
	switch {
	case size <= call.LargeResponse:
		return 0
	case format == call.FormatXML:
		return size + xmlMemory
	}
	return size
}

// countResponse counts a response that was made, of a size in bytes. After a change there is no limit: the change is made.
func (s *server) countResponse(c *call.Call, size int, format call.Format) error {
	return s.resize(c, pendingSize(size, format), !c.Reads())
}

// reserve counts a response that will have a size in bytes, before it is made.
func (s *server) reserve(c *call.Call, size int) error {
	return s.resize(c, pendingSize(size, c.Format), false)
}

func (s *server) resize(c *call.Call, bytes int, force bool) error {
	if s.pending.Resize(c.CountedFor, c.PendingBytes, bytes, force) != nil {
		return errTooManyPending
	}
	c.PendingBytes = bytes
	return nil
}

// release counts a response no longer.
func (s *server) release(c *call.Call) { _ = s.resize(c, 0, true) } // it never fails to get smaller
