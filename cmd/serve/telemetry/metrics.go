package telemetry

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/cmd/serve/api"
)

// buckets are the upper bounds of the histogram of durations, in seconds.
var buckets = [...]float64{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}

// series is one combination of labels of a request. All come from the catalogue and from fixed lists: nothing that a
// client sends makes a new one.
type series struct {
	resource string // "" where the request was for none, or was not authenticated
	method   string
	status   int
}

// histogram counts durations. Its counts are read one after the other while others add: their sum is
// given as the count, so that the buckets always agree with it.
type histogram struct {
	counts [len(buckets) + 1]atomic.Int64 // the last one is of what is above all bounds
	nanos  atomic.Int64
}

func (h *histogram) observe(took time.Duration) {
	seconds, at := took.Seconds(), 0
	for at < len(buckets) && seconds > buckets[at] {
		at++
	}
	h.counts[at].Add(1)
	h.nanos.Add(int64(took))
}

// Metrics are counts of what the server does. They are safe for concurrent use.
type Metrics struct {
	inFlight    atomic.Int64
	failures    [2]atomic.Int64 // of authentication: 401, 429
	rateLimited atomic.Int64
	bytes       atomic.Int64

	mutex     sync.RWMutex
	requests  map[series]*atomic.Int64
	durations map[string]*histogram // by resource

	losses func() (accessLines, requests int64)
}

// count counts a request.
func (m *Metrics) count(e *api.Exchange) {
	m.bytes.Add(e.Bytes)
	if e.User == "" {
		switch e.Status {
		case http.StatusUnauthorized:
			m.failures[0].Add(1)
		case http.StatusTooManyRequests:
			m.failures[1].Add(1)
		}
	} else if e.Status == http.StatusTooManyRequests && e.Resource == "" {
		m.rateLimited.Add(1)
	}
	number, durations := m.countersOf(series{resource: e.Resource, method: e.Method, status: e.Status})
	number.Add(1)
	durations.observe(e.Took)
}

// countersOf finds the counters of a series, or makes them.
func (m *Metrics) countersOf(labels series) (*atomic.Int64, *histogram) {
	if labels.status != 0 && http.StatusText(labels.status) == "" {
		labels.status = -1 // another service can send anything
	}
	m.mutex.RLock()
	number, durations := m.requests[labels], m.durations[labels.resource]
	m.mutex.RUnlock()
	if number != nil {
		return number, durations
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.requests == nil {
		m.requests, m.durations = map[series]*atomic.Int64{}, map[string]*histogram{}
	}
	if m.requests[labels] == nil {
		m.requests[labels] = new(atomic.Int64)
	}
	if m.durations[labels.resource] == nil {
		m.durations[labels.resource] = new(histogram)
	}
	return m.requests[labels], m.durations[labels.resource]
}
