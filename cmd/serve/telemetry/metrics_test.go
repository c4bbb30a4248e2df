package telemetry

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func yes() bool { return true }

var facts = Facts{Version: "v1\"\\\n", Started: now, Connections: func() int { return 3 }, Available: yes, Stopping: yes, Exposed: func() int64 { return 2 },
	Ended: func() time.Time { return now.Add(time.Hour) }}

// scrape reads the page as Prometheus does.
func (w *world) scrape(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	recorder := httptest.NewRecorder()
	w.Page(facts).ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(recorder.Body.Bytes()))
	if err != nil {
		t.Fatalf("the page cannot be read: %v\n%s", err, recorder.Body)
	}
	if format := expfmt.ResponseFormat(recorder.Header()); format.FormatType() != expfmt.TypeTextPlain {
		t.Errorf("got the format %v", format)
	}
	return families
}

// TestMetrics: what was observed is what a scraper reads.
func TestMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Off, 0)
	for range 3 {
		w.Observe(exchange("/api/v2/orders"))
	}
	slow := exchange("/api/v2/orders")
	slow.Took = time.Minute
	w.Observe(slow)
	w.Observe(refusedExchange("/x", 401))
	w.Observe(refusedExchange("/x", 429))
	limited := exchange("/")
	limited.Resource, limited.Endpoint, limited.Method, limited.Status = "", "", "", 429
	w.Observe(limited)
	families := w.scrape(t)
	for name, want := range map[string]float64{
		"latchkey_connections_open": 3, "latchkey_database_available": 1, "latchkey_rate_limited_total": 1, "latchkey_response_bytes_total": 7 * 12,
		"latchkey_certificate_not_after_seconds": float64(now.Add(time.Hour).Unix()), "process_start_time_seconds": float64(now.Unix()),
		"latchkey_requests_in_flight": 0, "latchkey_stopping": 1, "latchkey_exposed_files": 2,
	} {
		metric := families[name].GetMetric()[0]
		if got := metric.GetGauge().GetValue() + metric.GetCounter().GetValue(); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	if got := families["latchkey_build_info"].GetMetric()[0].GetLabel()[0].GetValue(); got != facts.Version {
		t.Errorf("got the version %q, want %q", got, facts.Version)
	}
	counts := map[string]float64{}
	for _, metric := range families["latchkey_requests_total"].GetMetric() {
		var labels []string
		for _, label := range metric.GetLabel() {
			labels = append(labels, label.GetValue())
		}
		counts[strings.Join(labels, " ")] = metric.GetCounter().GetValue()
	}
	if want := map[string]float64{"orders GET 200": 4, "  401": 1, "  429": 2}; fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("got the counts %v, want %v", counts, want)
	}
	for _, metric := range families["latchkey_request_duration_seconds"].GetMetric() {
		if metric.GetLabel()[0].GetValue() != "orders" {
			continue
		}
		h := metric.GetHistogram()
		last := h.GetBucket()[len(h.GetBucket())-1]
		if h.GetSampleCount() != 4 || h.GetSampleSum() != 60.0045 || last.GetCumulativeCount() != 4 || h.GetBucket()[4].GetCumulativeCount() != 3 {
			t.Errorf("got the histogram %v", h)
		}
	}
}

// TestMetricsStayFew: nothing that a client or another service sends makes a new series, and no username is in one.
func TestMetricsStayFew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Off, 0)
	for i := range 2000 {
		e := exchange(fmt.Sprintf("/api/v2/orders/%d?q=%d", i, i))
		e.User, e.UserID, e.Request.Method, e.Status = fmt.Sprint("user", i), int64(i+1), fmt.Sprint("M", i), 600+i
		w.Observe(e)
	}
	text := string(w.text(facts))
	if got := strings.Count(text, "latchkey_requests_total{"); got != 1 || strings.Contains(text, "user") && strings.Contains(text, "user1") {
		t.Errorf("got %d series of requests, want 1:\n%s", got, text)
	}
}

// TestMetricsFromManyGoroutines loses no request, and every page is consistent.
func TestMetricsFromManyGoroutines(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Off, 0)
	var asking sync.WaitGroup
	for i := range 8 {
		asking.Go(func() {
			for range 500 {
				e := exchange("/")
				e.Status = 200 + i%4
				w.Observe(e)
			}
		})
	}
	for range 20 {
		h := w.scrape(t)["latchkey_request_duration_seconds"].GetMetric()
		if len(h) == 1 && h[0].GetHistogram().GetBucket()[len(buckets)].GetCumulativeCount() != h[0].GetHistogram().GetSampleCount() {
			t.Error("the last bucket is not the count")
		}
	}
	asking.Wait()
	var sum float64
	for _, metric := range w.scrape(t)["latchkey_requests_total"].GetMetric() {
		sum += metric.GetCounter().GetValue()
	}
	if sum != 4000 {
		t.Errorf("got %v requests, want 4000", sum)
	}
}

// TestInFlight: a request counts while it runs, and no longer, also when it panics.
func TestInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Off, 0)
	handler := w.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if got := w.inFlight.Load(); got != 1 {
			t.Errorf("while it runs: got %d, want 1", got)
		}
		panic(http.ErrAbortHandler)
	}))
	func() {
		defer func() { _ = recover() }()
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	}()
	if got := w.inFlight.Load(); got != 0 {
		t.Errorf("afterwards: got %d, want 0", got)
	}
}
