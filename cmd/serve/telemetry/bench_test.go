package telemetry

import "testing"

// BenchmarkObserve is what a request costs here with everything on, its exchange made beforehand.
func BenchmarkObserve(b *testing.B) {
	for _, format := range []Format{Off, Text, JSON} {
		b.Run(string(format), func(b *testing.B) {
			w := newWorld(b, format, 10_000)
			stop := w.Start(b.Context())
			defer stop()
			e := exchange("/api/v2/time")
			b.ReportAllocs()
			for b.Loop() {
				w.Observe(e)
			}
		})
	}
}
