package api

import (
	"net/http"
	"sync"

	"latchkey/cmd/serve/api/call"
)

const (
	// maxHeld is how many bytes of large answers may wait for their clients, unless a Config says so. One user has at most
	// a userShare of them.
	maxHeld = 256 << 20
	// userShare: one user has at most this part of them, so that nobody takes all places.
	userShare = 4
	// xmlWorking is how many bytes the writing of XML holds besides its JSON, for the longest text that there can be.
	xmlWorking = 8 << 20
)

var errHeld = &call.Error{
	Status:  http.StatusServiceUnavailable,
	Message: "too many large answers wait to be taken: take those that you asked for first, or ask for a smaller limit",
	Header:  map[string]string{"Retry-After": "1"},
	NoLog:   true, // the client has caused it
}

// held counts the bytes of large answers from before they are made until the connection has taken them: clients that ask
// and do not read must not fill the memory. It is safe for concurrent use.
type held struct {
	limit int

	mutex   sync.Mutex
	all     int
	ofUsers map[int64]int
}

// change makes a request of a user hold another number of bytes; false: there is no room for more, and it holds as many as
// before. What must be held is held without room.
func (h *held) change(user int64, from, to int, must bool) bool {
	more := to - from
	if more == 0 {
		return true
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if more > 0 && !must && (h.all+more > h.limit || h.ofUsers[user]+more > h.limit/userShare) {
		return false
	}
	if h.ofUsers == nil {
		h.ofUsers = map[int64]int{}
	}
	h.all += more
	if h.ofUsers[user] += more; h.ofUsers[user] == 0 {
		delete(h.ofUsers, user)
	}
	return true
}

// weight is how many bytes an answer of a size holds while it waits.
func weight(size int, format call.Format) int {
	switch {
	case size <= call.LargeResponse:
		return 0
	case format == call.FormatXML:
		return size + xmlWorking
	}
	return size
}

// hold counts a request's answer. What a change answers is counted whatever room there is: the change is made.
func (s *server) hold(c *call.Call, weight int) error {
	method := c.Request.Method
	changes := method != http.MethodGet && method != http.MethodHead
	return s.resize(c, weight, changes)
}

// reserve counts an answer of a size before it is made, if there is room for it.
func (s *server) reserve(c *call.Call, size int) error {
	return s.resize(c, weight(size, c.Format), false)
}

func (s *server) resize(c *call.Call, weight int, must bool) error {
	if !s.held.change(c.Identity.UserID, c.PendingBytes, weight, must) {
		return errHeld
	}
	c.PendingBytes = weight
	return nil
}

// release forgets what a request holds.
func (s *server) release(c *call.Call) { _ = s.resize(c, 0, true) } // there is always room for less
