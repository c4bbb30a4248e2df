package api_test

import (
	"crypto/rand"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/tokens"
)

// refusedRequest is a request with well-formed credentials that are invalid, for one cause.
type refusedRequest struct {
	name    string
	request *http.Request
	more    func() // what the control does besides
}

// newRefusedRequests makes a handler like `latchkey serve`, and a request for each cause of a refusal. All usernames have the
// same length.
func newRefusedRequests(b *testing.B) (http.Handler, []refusedRequest) {
	secret := func() tokens.Token {
		token, err := tokens.New(rand.Reader)
		must(b, err)
		return token
	}
	live, wrong, staged := secret(), secret(), secret()
	path := filepath.Join(b.TempDir(), "shop.db")
	on := func() tokens.Access { return tokens.Access{Current: secret().Digest(), IssuedAt: now} }
	ends := on()
	ends.Retiring, ends.RetiringUntil = secret().Digest(), now.Add(time.Hour)
	must(b, db.Create(b.Context(), path, db.Options{Clock: clock}, model.Operator{Name: "os:test"}, []model.Object{
		{Kind: model.KindUser, Name: "ci", Access: on()}, {Kind: model.KindUser, Name: "of"},
		{Kind: model.KindUser, Name: "on", Access: on()}, {Kind: model.KindUser, Name: "re", Access: ends},
	}))
	editor, err := db.Open(b.Context(), path, db.Options{Clock: clock, Writable: true})
	must(b, err)
	b.Cleanup(func() { _ = editor.Close() })
	_, err = editor.Stage(b.Context(), db.Edit{Kind: model.KindUser, Names: []string{"on"}, Draft: drafts.Draft{Operator: model.Operator{Name: "os:test"}},
		Change: edits.Regenerate(edits.Fresh{Digest: staged.Digest(), Now: now}, 0)})
	must(b, err)
	users, err := db.Open(b.Context(), path, db.Options{Clock: clock, Watched: true})
	must(b, err)
	b.Cleanup(func() { _ = users.Close() })
	ask := func(name, user string, token tokens.Token, more func()) refusedRequest {
		request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/v2/time", nil)
		request.Header.Set("Authorization", basic(user, token.Reveal()))
		return refusedRequest{name, request, more}
	}
	bearer := func(name string, token tokens.Token) refusedRequest {
		asked := ask(name, "", token, nil)
		asked.request.Header.Set("Authorization", "Bearer "+token.Reveal())
		return asked
	}
	return api.New(api.Config{Users: users, Clock: clock}), []refusedRequest{
		ask("wrong token", "ci", wrong, nil), ask("unknown user", "xx", wrong, nil), ask("disabled user", "of", live, nil),
		ask("unsaved token", "on", staged, nil), ask("retiring token", "re", wrong, nil),
		bearer("bearer", wrong), bearer("bearer, of none", secret()), bearer("bearer, unsaved", staged),
		ask("control", "ci", wrong, func() { tokens.DigestOf(live.Reveal()) }),
	}
}

// BenchmarkRefusals measures whether the cause of a refusal can be told by its time (T3): one iteration is one request of
// each cause through the handler, in an order of its own. It reports Welch's t of each cause against a wrong token, over the
// fastest nine tenths of the samples of each, since the rest is the machine's. The control, which computes one SHA-256
// more, must separate.
//
// Run it with -benchtime 500000x, for 10^6 samples in each comparison: |t| of every cause is to be below 4.5.
func BenchmarkRefusals(b *testing.B) {
	handler, causes := newRefusedRequests(b)
	samples, order := make([][]float64, len(causes)), []int{}
	for i := range causes {
		order = append(order, i)
	}
	random := uint32(2463534242)
	for b.Loop() {
		for i := len(order) - 1; i > 0; i-- {
			random ^= random << 13 // xorshift
			random ^= random >> 17
			random ^= random << 5
			other := int(random % uint32(i+1))
			order[i], order[other] = order[other], order[i]
		}
		for _, at := range order {
			samples[at] = append(samples[at], causes[at].try(b, handler))
		}
	}
	base, baseVariance := fastest(samples[0])
	for i, cause := range causes {
		mean, variance := fastest(samples[i])
		b.Logf("%-15s mean %8.1f ns, t = %6.2f", cause.name, mean, (mean-base)/math.Sqrt(variance+baseVariance))
	}
}

// try makes the request and returns how long it took, in nanoseconds.
func (r refusedRequest) try(b *testing.B, handler http.Handler) float64 {
	recorder := httptest.NewRecorder()
	began := time.Now()
	if r.more != nil {
		r.more()
	}
	handler.ServeHTTP(recorder, r.request)
	took := time.Since(began)
	if recorder.Code != http.StatusUnauthorized {
		b.Fatalf("%s: got %d, want 401", r.name, recorder.Code)
	}
	return float64(took)
}

// fastest is the mean of the fastest nine tenths, and its variance.
func fastest(samples []float64) (mean, variance float64) {
	sorted := slices.Sorted(slices.Values(samples))
	sorted = sorted[:(len(sorted)*9+9)/10]
	count := float64(len(sorted))
	for _, sample := range sorted {
		mean += sample / count
	}
	for _, sample := range sorted {
		variance += (sample - mean) * (sample - mean) / (count - 1) / count
	}
	return mean, variance
}
