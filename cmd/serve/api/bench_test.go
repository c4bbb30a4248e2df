package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// One authenticated request through the handler, without TLS and connection.
func BenchmarkTime(b *testing.B) { benchmark(b, "admin", "/api/v2/time", http.StatusOK) }
func BenchmarkUnauthorized(b *testing.B) {
	benchmark(b, "wrong", "/api/v2/time", http.StatusUnauthorized)
}
func BenchmarkForbidden(b *testing.B) { benchmark(b, "idle", "/api/v2/orders", http.StatusForbidden) }
func BenchmarkItem(b *testing.B)      { benchmark(b, "admin", "/api/v2/orders/1", http.StatusOK) }

// BenchmarkFloor measures the recorder alone.
func BenchmarkFloor(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		httptest.NewRecorder().WriteHeader(http.StatusOK)
	}
}

func benchmark(b *testing.B, persona, path string, want int) {
	b.Helper()
	w := newWorld(b)
	request := httptest.NewRequestWithContext(b.Context(), "GET", path, nil)
	request.Header.Set("Authorization", w.authorization(persona))
	b.ReportAllocs()
	for b.Loop() {
		recorder := httptest.NewRecorder()
		w.handler.ServeHTTP(recorder, request)
		if recorder.Code != want {
			b.Fatalf("got %d, want %d", recorder.Code, want)
		}
	}
}
