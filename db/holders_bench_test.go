package db_test

import (
	"fmt"
	"runtime"
	"testing"

	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// crowd is a database of so many users, each with API access, three rules and a role.
func crowd(b *testing.B, users int) *world {
	b.Helper()
	w := newWorld(b)
	w.must(w.edit(ann, true, model.KindRole, add, "support"))
	w.must(w.edit(ann, true, model.KindRole, grant("orders:view"), "support"))
	names := make([]string, users)
	for i := range names {
		names[i] = fmt.Sprintf("user%07d", i)
	}
	w.saveEdit(ann, func(s *model.Target) error {
		s.Next = &model.Object{Kind: s.Kind, Name: s.Name, Roles: []string{"support"}}
		s.Next.Access = tokens.Access{Current: digest(s.Name), IssuedAt: w.clock()}
		for _, text := range []string{"brands:view", "pages:*", "products:edit"} {
			pattern, err := perms.ParsePattern(text)
			if err != nil {
				return err
			}
			s.Next.Rules = s.Next.Rules.With(perms.Rule{Effect: perms.Allow, Pattern: pattern})
		}
		return nil
	}, names...)
	return w
}

// heap is how many bytes are reachable.
func heap() int {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// BenchmarkHolders visits and finds users of each kind of state. held-KB is what stays reachable when half of them have
// been visited.
func BenchmarkHolders(b *testing.B) {
	for _, users := range []int{1000, 100_000} {
		w := crowd(b, users)
		w.stage(ann, note("x"), "user0000007")
		reader := w.open(false)
		for _, test := range []struct {
			name  string
			state db.State
		}{{"live", db.State{}}, {"draft", db.StagedBy(ann)}, {"past", db.AsOf(3)}} {
			b.Run(fmt.Sprintf("each/%s/users=%d", test.name, users), func(b *testing.B) {
				b.ReportAllocs()
				before, held := heap(), 0
				for b.Loop() {
					visits := 0
					_ = reader.Holders(b.Context(), test.state, func(holders *db.Holders) error {
						return holders.Each(b.Context(), func(db.Holder) error {
							if visits++; visits == users/2 {
								held = heap() - before
							}
							return nil
						})
					})
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*users), "ns/user")
				b.ReportMetric(float64(held)/1024, "held-KB")
			})
			b.Run(fmt.Sprintf("find/%s/users=%d", test.name, users), func(b *testing.B) {
				for b.Loop() {
					_ = reader.Holders(b.Context(), test.state, func(holders *db.Holders) error {
						_, err := holders.Find(b.Context(), "user0000500")
						return err
					})
				}
			})
		}
	}
}
