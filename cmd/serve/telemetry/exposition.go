package telemetry

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// contentType is Prometheus' text format, version 0.0.4.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// Facts are what the metrics say besides what was counted.
type Facts struct {
	Version     string           // of this release
	Started     time.Time        // when the server was
	Connections func() int       // how many are open
	Available   func() bool      // the user database can be read
	Stopping    func() bool      // the server is about to end
	Exposed     func() int64     // how many files others than their owner can use, or have another name for
	Ended       func() time.Time // when the certificate ends; the zero time where that is not known
}

// Page is the metrics for a scraper, in Prometheus' text format.
func (m *Metrics) Page(facts Facts) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(m.text(facts)) // an error is the scraper's going away
	})
}

func (m *Metrics) text(facts Facts) []byte {
	var p page
	p.family("latchkey_build_info", "gauge", "The release that runs, as labels.")
	p.sample("latchkey_build_info", 1, "version", facts.Version, "go", runtime.Version())
	m.writeRequests(&p)
	m.writeDurations(&p)
	p.one("latchkey_requests_in_flight", "gauge", "Requests in flight.", float64(m.inFlight.Load()))
	p.one("latchkey_response_bytes_total", "counter", "Bytes of bodies handed on.", float64(m.bytes.Load()))
	p.family("latchkey_authentication_failures_total", "counter", "Requests without valid credentials, by the status of the response: 429 where the address had failed too often.")
	p.sample("latchkey_authentication_failures_total", float64(m.failures[0].Load()), "status", "401")
	p.sample("latchkey_authentication_failures_total", float64(m.failures[1].Load()), "status", "429")
	p.one("latchkey_rate_limited_total", "counter", "Requests of users beyond their rate limit, or beyond what one may have in flight.", float64(m.rateLimited.Load()))
	accessLines, requests := m.losses()
	p.one("latchkey_access_log_dropped_total", "counter", "Lines of the access log that were not read in time. Those left out of a flood of failures do not count.", float64(accessLines))
	p.one("latchkey_request_log_dropped_total", "counter", "Requests of users that the request log lacks.", float64(requests))
	p.one("latchkey_connections_open", "gauge", "Open connections, those whose handshake is not over included.", float64(facts.Connections()))
	p.one("latchkey_database_available", "gauge", "1 while the user database can be read, else 0.", truth(facts.Available()))
	p.one("latchkey_exposed_files", "gauge", "Files of the database, keys and tokens that others than their owner can use, or that have another name.", float64(facts.Exposed()))
	p.one("latchkey_stopping", "gauge", "1 while the server finishes its last requests, else 0.", truth(facts.Stopping()))
	if end := facts.Ended(); !end.IsZero() {
		p.one("latchkey_certificate_not_after_seconds", "gauge", "When the certificate ends, in seconds since 1970.", float64(end.Unix()))
	}
	p.process(facts.Started)
	return p.text
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func (m *Metrics) writeRequests(p *page) {
	const name = "latchkey_requests_total"
	p.family(name, "counter", "Requests answered, by resource and method of the catalogue; both are empty where the request got to no resource.")
	m.mutex.RLock()
	counts := maps.Clone(m.requests)
	m.mutex.RUnlock()
	for _, labels := range slices.SortedFunc(maps.Keys(counts), func(a, b series) int {
		return cmp.Or(cmp.Compare(a.resource, b.resource), cmp.Compare(a.method, b.method), cmp.Compare(a.status, b.status))
	}) {
		p.sample(name, float64(counts[labels].Load()), "resource", labels.resource, "method", labels.method, "status", statusText(labels.status))
	}
}

func statusText(status int) string {
	switch status {
	case 0:
		return "none"
	case -1:
		return "other"
	}
	return strconv.Itoa(status)
}

func (m *Metrics) writeDurations(p *page) {
	const name = "latchkey_request_duration_seconds"
	p.family(name, "histogram", "Time in the handler, by resource.")
	m.mutex.RLock()
	durations := maps.Clone(m.durations)
	m.mutex.RUnlock()
	for _, resource := range slices.Sorted(maps.Keys(durations)) {
		of, sum := durations[resource], int64(0)
		for i := range of.counts {
			bound := "+Inf"
			if i < len(buckets) {
				bound = strconv.FormatFloat(buckets[i], 'g', -1, 64)
			}
			sum += of.counts[i].Load()
			p.sample(name+"_bucket", float64(sum), "resource", resource, "le", bound)
		}
		p.sample(name+"_sum", time.Duration(of.nanos.Load()).Seconds(), "resource", resource)
		p.sample(name+"_count", float64(sum), "resource", resource)
	}
}

// page is a text in the making.
type page struct{ text []byte }

func (p *page) family(name, kind, help string) {
	p.text = fmt.Appendf(p.text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// one writes a family of a single sample.
func (p *page) one(name, kind, help string, value float64) {
	p.family(name, kind, help)
	p.sample(name, value)
}

var escapeLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// sample writes a line; labels are names and values alternately.
func (p *page) sample(name string, value float64, labels ...string) {
	p.text = append(p.text, name...)
	for i := 0; i+1 < len(labels); i += 2 {
		p.text = append(p.text, "{,"[min(i, 1)])
		p.text = append(append(p.text, labels[i]...), `="`...)
		p.text = append(append(p.text, escapeLabel.Replace(labels[i+1])...), '"')
	}
	if len(labels) > 0 {
		p.text = append(p.text, '}')
	}
	p.text = strconv.AppendFloat(append(p.text, ' '), value, 'f', -1, 64)
	p.text = append(p.text, '\n')
}
