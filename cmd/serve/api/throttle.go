package api

import (
	"container/list"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"latchkey/cmd/serve/api/call"
)

// Rate is a number of events in a time: 100 in a minute. The zero Rate sets no limit.
type Rate struct {
	Events int
	Per    time.Duration
}

func (r Rate) limits() bool { return r.Events > 0 && r.Per > 0 }

// maxThrottled is how many networks failures are counted of, at about 200 bytes each. Beyond that the one that has been
// quiet for longest is forgotten, which does nobody harm.
const maxThrottled = 16 << 10

// throttle counts the failures of each network (H6): an IPv4 address, or an IPv6 /64, which is what one customer of a
// provider has. It is asked only about requests whose credentials have been found wrong, so nothing that anybody does
// can keep a right one out. It is safe for concurrent use.
type throttle struct {
	rate Rate

	mutex  sync.Mutex
	known  map[netip.Prefix]*list.Element
	recent *list.List // of *failures, the latest first
}

// failures are those of one network, as a bucket that each one fills by one place, and that empties itself evenly.
type failures struct {
	network netip.Prefix
	filled  time.Duration // how long it takes until the bucket is empty
	at      time.Time     // when that was so
}

func newThrottle(rate Rate) *throttle {
	return &throttle{rate: rate, known: map[netip.Prefix]*list.Element{}, recent: list.New()}
}

// fail counts a failure. It returns 0 while there is room for it, and else how long it takes until there is; what is
// refused fills nothing, so that who waits as told is served.
func (t *throttle) fail(client netip.Addr, now time.Time) (wait time.Duration) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	of := t.of(networkOf(client), now)
	of.filled = max(0, of.filled-max(0, now.Sub(of.at)))
	of.at = now
	place := t.rate.Per / time.Duration(t.rate.Events)
	if over := of.filled + place - t.rate.Per; over > 0 {
		return over
	}
	of.filled += place
	return 0
}

// of finds the bucket of a network, or makes one.
func (t *throttle) of(network netip.Prefix, now time.Time) *failures {
	if element, found := t.known[network]; found {
		t.recent.MoveToFront(element)
		return element.Value.(*failures) //nolint:errcheck,forcetypeassert // the list holds nothing else
	}
	if t.recent.Len() == maxThrottled {
		oldest := t.recent.Back()
		delete(t.known, oldest.Value.(*failures).network) //nolint:errcheck,forcetypeassert // the list holds nothing else
		t.recent.Remove(oldest)
	}
	fresh := &failures{network: network, at: now}
	t.known[network] = t.recent.PushFront(fresh)
	return fresh
}

// networkOf is the network whose failures count together; one for all clients whose address is not known.
func networkOf(client netip.Addr) netip.Prefix {
	bits := 32
	if client.Is6() {
		bits = 64
	}
	network, err := client.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}

// unauthenticatedResponse is the answer to a request without right credentials: the 401 or, to a network that has failed too
// often, a 429, in either case whatever was wrong with them. A request without any is no guess: many clients send one
// first and their credentials only when asked, and must be asked also where others have failed.
func (s *server) unauthenticatedResponse(c *call.Call, format call.Format) call.Response {
	if s.throttle == nil || len(c.Request.Header["Authorization"]) == 0 {
		return s.unauthenticated[format]
	}
	wait := s.throttle.fail(s.TrustedProxies.ClientAddress(c.Request), s.Clock())
	if wait == 0 {
		return s.unauthenticated[format]
	}
	failure := call.Error{
		Status:  http.StatusTooManyRequests,
		Message: "too many requests without valid credentials came from this address: valid ones are answered",
		Header:  map[string]string{"Retry-After": wholeSeconds(wait)},
	}
	return failure.Response(format)
}
