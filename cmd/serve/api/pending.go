package api

import (
	"net/http"
	"sync"

	"latchkey/cmd/serve/api/call"
)

const (
	// maxPending is how many bytes of large responses may wait for their clients, unless a Config says otherwise.
	maxPending = 256 << 20
	// userShare: one user may have one part in so many of them.
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

// pendingBytes counts the bytes of large responses, from before a response is made until the connection has taken it: clients
// that send requests and do not read must not fill the memory. It is safe for concurrent use.
type pendingBytes struct {
	limit int

	mutex sync.Mutex
	total int
	users map[int64]int // the part of each user
}

// resize changes the bytes that a request of a user counts for. It returns false, and changes nothing, if there is no room
// for more; with force it ignores the limits.
func (p *pendingBytes) resize(user int64, from, to int, force bool) bool {
	more := to - from
	if more == 0 {
		return true
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if more > 0 && !force && (p.total+more > p.limit || p.users[user]+more > p.limit/userShare) {
		return false
	}
	if p.users == nil {
		p.users = map[int64]int{}
	}
	p.total += more
	if p.users[user] += more; p.users[user] == 0 {
		delete(p.users, user)
	}
	return true
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
	changed := c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead
	return s.resize(c, pendingSize(size, format), changed)
}

// reserve counts a response that will have a size in bytes, before it is made.
func (s *server) reserve(c *call.Call, size int) error {
	return s.resize(c, pendingSize(size, c.Format), false)
}

func (s *server) resize(c *call.Call, bytes int, force bool) error {
	if !s.pending.resize(c.Identity.UserID, c.PendingBytes, bytes, force) {
		return errTooManyPending
	}
	c.PendingBytes = bytes
	return nil
}

// release counts a response no longer.
func (s *server) release(c *call.Call) { _ = s.resize(c, 0, true) } // it never fails to get smaller
