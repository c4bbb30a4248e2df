package proof

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// BenchmarkBesideImport asks a server while one command adds 100 000 users and another backs the database up, and says
// how much longer the slowest of a hundred requests takes than when nothing else is going on (P9). A request that fails
// fails the benchmark.
func BenchmarkBesideImport(b *testing.B) {
	i := install(b, "user add ci --save")
	token := i.do(b, "token", "enable", "ci", "--save")
	s := i.serve(b)
	for round := 0; b.Loop(); round++ {
		names := []string{"user", "add"}
		for n := range 100_000 {
			names = append(names, fmt.Sprintf("u%d-%05d", round, n))
		}
		quiet := slowest(b, s, token, func() { <-time.After(3 * time.Second) })
		beside := slowest(b, s, token, func() {
			i.do(b, append(names, "--save", "-q")...)
			i.do(b, "backup", filepath.Join(b.TempDir(), "backup.db"), "-q")
		})
		b.ReportMetric(float64(quiet.Microseconds()), "quiet-p99-µs")
		b.ReportMetric(float64(beside.Microseconds()), "beside-p99-µs")
		b.ReportMetric(float64(beside)/float64(quiet), "ratio")
	}
}

// slowest asks by eight connections until work is done, and returns what one request in a hundred takes at least.
func slowest(b *testing.B, s *server, token string, work func()) time.Duration {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	var asking sync.WaitGroup
	var mutex sync.Mutex
	var all []time.Duration
	for range 8 {
		asking.Go(func() {
			var took []time.Duration
			for ctx.Err() == nil {
				began := time.Now()
				code, err := s.get(b.Context(), "ci", token, "/api/v2/time")
				took = append(took, time.Since(began))
				if err != nil || code != http.StatusOK {
					b.Errorf("got %d, %v", code, err)
					return
				}
			}
			mutex.Lock()
			defer mutex.Unlock()
			all = append(all, took...)
		})
	}
	work()
	stop()
	asking.Wait()
	slices.Sort(all)
	return all[len(all)*99/100]
}
