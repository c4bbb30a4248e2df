package api_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to read the file by hand

	"latchkey/cmd/serve/api"
	"latchkey/db"
)

const (
	manyDocuments = 100_000
	handQuery     = `SELECT id, created_at, updated_at, body FROM documents WHERE resource = 'orders' ORDER BY id LIMIT 50`
)

// watchedWorld is a world whose server authenticates in memory, like 'latchkey serve'.
func watchedWorld(b *testing.B) *world {
	b.Helper()
	w := newWorld(b)
	var err error
	w.config.Users, err = db.Open(b.Context(), w.path, db.Options{Clock: clock, Watched: true})
	must(b, err)
	b.Cleanup(func() { _ = w.config.Users.Close() })
	w.config.Clock = afterwards
	w.handler = api.New(w.config)
	w.serve(b)
	return w
}

// fill creates many orders. It writes to the file directly: one transaction for each would take minutes.
func (w *world) fill(b *testing.B) (file *sql.DB) {
	b.Helper()
	file, err := sql.Open("sqlite", filepath.Join(filepath.Dir(w.path), "shop-data.db"))
	must(b, err)
	b.Cleanup(func() { file.Close() })
	_, err = file.ExecContext(b.Context(), `WITH RECURSIVE n (i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO documents (resource, id, version, created_at, updated_at, body) SELECT 'orders', i, i, i * 1000, i * 1000,
		json_object('customer_id', i % 1000, 'note', 'leave it at the door', 'status', 'paid', 'total', i / 100.0) FROM n`, manyDocuments)
	must(b, err)
	return file
}

// handDocument is a document in a server that is written for this one list.
type handDocument struct {
	ID       int64           `json:"id"`
	Created  string          `json:"date_created"`
	Modified string          `json:"date_modified"`
	Fields   json.RawMessage `json:"fields"`

	Coupons           handLink `json:"coupons"`
	Messages          handLink `json:"messages"`
	Products          handLink `json:"products"`
	Shipments         handLink `json:"shipments"`
	ShippingAddresses handLink `json:"shipping_addresses"`
	Taxes             handLink `json:"taxes"`
}

type handLink struct {
	URL      string `json:"url"`
	Resource string `json:"resource"`
}

func linkByHand(host string, id int64, name string) handLink {
	at := "/orders/" + strconv.FormatInt(id, 10) + "/" + name
	return handLink{URL: "https://" + host + "/api/v2" + at + ".json", Resource: at}
}

// byHand responds with the same documents: the same SELECT, and package json.
func byHand(file *sql.DB) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rows, err := file.QueryContext(r.Context(), handQuery)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer rows.Close()
		var list []handDocument
		for rows.Next() {
			var one handDocument
			var created, modified int64
			if err := rows.Scan(&one.ID, &created, &modified, (*[]byte)(&one.Fields)); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			one.Created = time.UnixMilli(created).UTC().Format(time.RFC1123Z)
			one.Modified = time.UnixMilli(modified).UTC().Format(time.RFC1123Z)
			one.Coupons, one.Messages, one.Products = linkByHand(r.Host, one.ID, "coupons"), linkByHand(r.Host, one.ID, "messages"), linkByHand(r.Host, one.ID, "products")
			one.Shipments, one.ShippingAddresses = linkByHand(r.Host, one.ID, "shipments"), linkByHand(r.Host, one.ID, "shipping_addresses")
			one.Taxes = linkByHand(r.Host, one.ID, "taxes")
			list = append(list, one)
		}
		body, err := json.Marshal(list)
		if err != nil || rows.Err() != nil {
			http.Error(w, "reading", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}
}

// BenchmarkListOf50 is target P10: a list of 50 of 100 000 documents, authenticated and over TLS, against the same list
// by hand without authentication. The metric "ratio" is theirs in time by ours in the same run, request by request.
func BenchmarkListOf50(b *testing.B) {
	w := watchedWorld(b)
	hand := httptest.NewUnstartedServer(byHand(w.fill(b)))
	hand.EnableHTTP2 = false
	hand.StartTLS()
	b.Cleanup(hand.Close)
	w.speak(1)
	ask := func(client *http.Client, url string) time.Duration {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
		must(b, err)
		request.Header.Set("Authorization", w.authorization("admin"))
		start := time.Now()
		response, err := client.Do(request)
		must(b, err)
		body, err := io.ReadAll(response.Body)
		must(b, err)
		took := time.Since(start)
		response.Body.Close()
		if response.StatusCode != http.StatusOK || strings.Count(string(body), `"date_created"`) != 50 {
			b.Fatalf("%s: got %d with %.200s", url, response.StatusCode, body)
		}
		return took
	}
	var ours, theirs time.Duration
	for b.Loop() {
		ours += ask(w.client, w.server.URL+"/api/v2/orders")
		theirs += ask(hand.Client(), hand.URL)
	}
	b.ReportMetric(float64(theirs)/float64(ours), "ratio")
	b.ReportMetric(float64(ours.Microseconds())/float64(b.N), "µs/list")
}

// BenchmarkLists measures other queries of 100 000 documents: those with an index, those that read every document, and those
// that read none.
func BenchmarkLists(b *testing.B) {
	w := watchedWorld(b)
	w.fill(b)
	for _, test := range []struct {
		name, query, header string
		status              int
	}{
		{"page", "", "", 200},
		{"last_page", "?page=2000", "", 200},
		{"newest", "?sort=date_modified:desc", "", 200},
		{"range_of_ids", "?min_id=99900", "", 200},
		{"modified_since", "?min_date_modified=" + time.Unix(99_900, 0).UTC().Format("2006-01-02T15:04:05Z"), "", 200},
		{"field", "?customer_id=77", "", 200},
		{"rare_field", "?status=lost", "", 204},
		{"sorted_by_field", "?sort=total:desc", "", 200},
		{"count", "/count", "", 200},
		{"count_of_field", "/count?min_total=500", "", 200},
		{"not_modified", "", "If-Modified-Since: " + later, 304},
	} {
		b.Run(test.name, func(b *testing.B) {
			request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/v2/orders"+test.query, nil)
			request.Header.Set("Authorization", w.authorization("admin"))
			if name, value, given := strings.Cut(test.header, ": "); given {
				request.Header.Set(name, value)
			}
			for b.Loop() {
				recorder := httptest.NewRecorder()
				w.handler.ServeHTTP(recorder, request)
				if recorder.Code != test.status {
					b.Fatal(fmt.Sprint(recorder.Code, recorder.Body))
				}
			}
		})
	}
}
