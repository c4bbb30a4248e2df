package db_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// BenchmarkUsers is what authenticating costs among so many users, each with three rules: by default among a thousand,
// and among as many as LATCHKEY_BENCH_USERS says too, such as 1000000, which takes minutes to make.
func BenchmarkUsers(b *testing.B) {
	counts := []int{1000}
	if text := os.Getenv("LATCHKEY_BENCH_USERS"); text != "" {
		more, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		counts = append(counts, more)
	}
	for _, count := range counts {
		b.Run(fmt.Sprint("users=", count), func(b *testing.B) {
			path := manyUsers(b, count)
			b.Run("start", func(b *testing.B) { benchmarkStart(b, path, count) })
			server := openAs(b, path, db.Options{Watched: true})
			b.Run("decision", func(b *testing.B) { benchmarkDecision(b, server, count, false) })
			b.Run("refusal", func(b *testing.B) { benchmarkDecision(b, server, count, true) })
			b.Run("saved", func(b *testing.B) { benchmarkSaved(b, server, path) })
		})
	}
}

func userName(i int) string { return fmt.Sprintf("user%07d", i) }

// manyUsers makes a database.
func manyUsers(b *testing.B, count int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "latchkey.db")
	actions := []string{"view", "create", "edit", "delete"}
	seed := make([]model.Object, count)
	for i := range seed {
		user := model.Object{Kind: model.KindUser, Name: userName(i)}
		user.Access = tokens.Access{Current: digest(user.Name), IssuedAt: time.Unix(1764000000, 0).UTC()}
		for rule := range 3 {
			pattern := perms.Pattern{Resource: []string{"orders", "customers", "products"}[rule], Action: actions[(i>>(2*rule))%len(actions)]}
			user.Rules = user.Rules.With(perms.Rule{Effect: perms.Allow, Pattern: pattern})
		}
		seed[i] = user
	}
	if err := db.Create(b.Context(), path, db.Options{Clock: time.Now}, ann.Operator, seed); err != nil {
		b.Fatal(err)
	}
	return path
}

func openAs(b *testing.B, path string, options db.Options) *db.DB {
	b.Helper()
	options.Clock = time.Now
	database, err := db.Open(b.Context(), path, options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = database.Close() })
	return database
}

// benchmarkStart opens the database as a server does, and counts what stays in memory.
func benchmarkStart(b *testing.B, path string, count int) {
	var held uint64
	for b.Loop() {
		b.StopTimer()
		before := heapHeld()
		b.StartTimer()
		server := openAs(b, path, db.Options{Watched: true})
		b.StopTimer()
		held = heapHeld() - before
		if err := server.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(held)/float64(count), "B/user")
}

func heapHeld() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// benchmarkDecision is one decision, or refusal, for another user each time: the proof of freshness, the user, the rules.
func benchmarkDecision(b *testing.B, server *db.DB, count int, refused bool) {
	names := make([]string, 1<<16)
	digests := make([]tokens.Digest, len(names))
	for i := range names {
		names[i] = userName(int(uint32(i)*2654435761) % count)
		digests[i] = digest(names[i])
		if refused {
			digests[i] = digest("wrong")
		}
	}
	ctx := b.Context()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		at := i % len(names)
		identity, err := server.Authenticate(ctx, names[at], digests[at])
		if (err != nil) != refused {
			b.Fatal(err)
		}
		identity.Decide(viewOrders)
	}
}

// benchmarkSaved is a save by another connection, and the first request after it. It reports how long the request takes,
// which is all the time in which it could be decided by the old state.
func benchmarkSaved(b *testing.B, server *db.DB, path string) {
	writer := openAs(b, path, db.Options{Writable: true})
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		token := digest(fmt.Sprint(b.N, "-", i))
		_, err := writer.SaveEdit(b.Context(), db.Edit{Kind: model.KindUser, Draft: ann, Names: []string{userName(7)}, Change: on(func(user *model.Object) (err error) {
			user.Access, err = tokens.Regenerate(user.Access, user.Access, token, 0, time.Now())
			return err
		})}, "")
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		_, err = server.Authenticate(b.Context(), userName(7), token)
		took = append(took, time.Since(began))
		if err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2]), "median-ns/decided")
	b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns/decided")
}
