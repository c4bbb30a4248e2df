package db_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/model"
	"latchkey/tokens"
)

// refusal is a cause for which right-looking credentials are refused.
type refusal struct {
	name, user string
	presented  tokens.Digest
	more       func() // what the control does besides
}

// newRefusals makes a database in which each cause of a refusal can be had. All usernames are of one length.
func newRefusals(t testing.TB) (*db.DB, []refusal) {
	w := newWorld(t)
	w.saveEdit(ann, add, "ci", "on", "of", "no", "re")
	w.saveEdit(ann, w.enableEach(), "ci", "on", "of", "no", "re")
	w.saveEdit(ann, note(strings.Repeat("long ", 4000)), "no")
	w.saveEdit(ann, grant("orders:view"), "on", "no")
	w.saveEdit(ann, on(func(user *model.Object) (err error) {
		user.Access, err = tokens.Disable(user.Access)
		return err
	}), "of")
	w.saveEdit(ann, on(func(user *model.Object) (err error) {
		user.Access, err = tokens.Regenerate(user.Access, user.Access, digest("two"), time.Hour, w.clock())
		return err
	}), "re")
	w.stage(ann, on(func(user *model.Object) (err error) {
		user.Access, err = tokens.Regenerate(user.Access, user.Access, digest("staged"), 0, w.clock())
		return err
	}), "on")
	wrong := digest("wrong")
	return w.serve(), []refusal{
		{name: "wrong token", user: "ci", presented: wrong},
		{name: "unknown user", user: "xx", presented: wrong},
		{name: "disabled user", user: "of", presented: digest("of")},
		{name: "unsaved token", user: "on", presented: digest("staged")},
		{name: "long note", user: "no", presented: wrong},
		{name: "retiring token", user: "re", presented: wrong},
		{name: "control", user: "ci", presented: wrong, more: func() { digest("x") }},
	}
}

// serve opens the database as a server does.
func (w *world) serve() *db.DB {
	w.t.Helper()
	database, err := db.Open(w.t.Context(), w.path, db.Options{Clock: w.clock, ClockMark: w.clockMark, Watched: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = database.Close() })
	return database
}

// try makes one refusal and says how long it took.
func (r refusal) try(t testing.TB, server *db.DB) time.Duration {
	began := time.Now()
	if r.more != nil {
		r.more()
	}
	_, err := server.Authenticate(t.Context(), r.user, r.presented)
	took := time.Since(began)
	if !errors.Is(err, model.ErrUnauthenticated) {
		t.Fatalf("%s: got %v, want ErrUnauthenticated", r.name, err)
	}
	return took
}

// TestRefusalsAllocateAlike: the cause does not change the work, as far as that can be counted (T3).
//
// Not parallel: allocations are counted for the whole process.
func TestRefusalsAllocateAlike(t *testing.T) {
	server, causes := newRefusals(t)
	fewest := make([]float64, len(causes))
	for round := range 20 { // those of goroutines come and go
		for i, cause := range causes {
			count := testing.AllocsPerRun(50, func() { cause.try(t, server) })
			if round == 0 || count < fewest[i] {
				fewest[i] = count
			}
		}
	}
	for i, cause := range causes {
		if fewest[i] != fewest[0] {
			t.Errorf("%s: got %v allocations, a wrong token has %v", cause.name, fewest[i], fewest[0])
		}
	}
}

// BenchmarkRefusals measures what no count shows (T3): one iteration is one sample of each cause, in an order of its own.
// It reports Welch's t of each cause against a wrong token, over the fastest nine tenths of the samples of each, since
// the rest is the machine's. The control computes one SHA-256 more.
//
// This is the magnifying glass: at a few hundred nanoseconds, where a user lies in memory makes some of them, and is seen.
// What T3 promises is measured in BenchmarkRefusals of cmd/serve/api; docs/performance.md has the figures of both.
func BenchmarkRefusals(b *testing.B) {
	server, causes := newRefusals(b)
	samples, order := make([][]float64, len(causes)), make([]int, len(causes))
	random := uint32(2463534242)
	for i := range order {
		order[i] = i
	}
	for b.Loop() {
		for i := len(order) - 1; i > 0; i-- {
			random ^= random << 13 // xorshift
			random ^= random >> 17
			random ^= random << 5
			other := int(random % uint32(i+1))
			order[i], order[other] = order[other], order[i]
		}
		for _, at := range order {
			samples[at] = append(samples[at], float64(causes[at].try(b, server)))
		}
	}
	base := momentsOf(samples[0])
	for i, cause := range causes {
		moments := momentsOf(samples[i])
		b.Logf("%-15s mean %8.1f ns, t = %6.2f (n = %.0f)", cause.name, moments.mean, moments.welch(base), moments.count)
	}
}

type moments struct{ count, mean, variance float64 }

// momentsOf describes the fastest nine tenths.
func momentsOf(samples []float64) (m moments) {
	fastest := slices.Sorted(slices.Values(samples))
	fastest = fastest[:(len(fastest)*9+9)/10]
	var sum, squares float64
	for _, sample := range fastest {
		sum += sample
		squares += sample * sample
	}
	m.count = float64(len(fastest))
	m.mean = sum / m.count
	m.variance = (squares - sum*m.mean) / (m.count - 1)
	return m
}

// welch is Welch's t between two samples.
func (m moments) welch(other moments) float64 {
	return (m.mean - other.mean) / math.Sqrt(m.variance/m.count+other.variance/other.count)
}
