package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/db/data"
	"latchkey/tokens"
)

// maxRecorded is how many requests may wait for being written to the request log. Of more in a second the latest are
// kept: they are what the log would hold in the end.
const maxRecorded = 4096

// recorder collects what goes into the data file, and writes it there from time to time. Of the requests whose credentials
// were refused it records one a second: a flood of them would push all others out.
type recorder struct {
	data *data.Data
	keep int64
	log  *slog.Logger
	lost atomic.Int64 // requests that are not in the request log

	unauthenticated api.LineLimit

	mutex sync.Mutex
	ring  []data.RequestLog // the next one goes to next, over an older one where it is full
	next  int
	full  bool
	over  int64 // how many were written over since the last flush
	uses  map[use]time.Time

	failing bool  // the last flush failed; used by flush alone
	logged  int64 // how many losses were logged; used by flush alone
}

// use is one user's one token.
type use struct {
	user  int64
	token tokens.Digest
}

func newRecorder(config Config) *recorder {
	return &recorder{data: config.Data, keep: config.RequestLog, log: config.Log, uses: map[use]time.Time{},
		unauthenticated: api.LineLimit{PerSecond: 1},
		ring:            make([]data.RequestLog, min(config.RequestLog, maxRecorded))}
}

// record takes a request of a user, or one that was refused for its credentials. Probes are neither.
func (r *recorder) record(e *api.Exchange) {
	if e.UserID == 0 && !r.admitUnauthenticated(e) {
		return
	}
	var entry data.RequestLog
	if len(r.ring) > 0 {
		entry = entryOf(e)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if e.UserID != 0 {
		r.uses[use{e.UserID, e.Token}] = e.Began
	}
	if len(r.ring) == 0 {
		return
	}
	if r.full {
		r.over++
	}
	r.ring[r.next] = entry
	if r.next++; r.next == len(r.ring) {
		r.next, r.full = 0, true
	}
}

func (r *recorder) admitUnauthenticated(e *api.Exchange) bool {
	if e.Status != http.StatusUnauthorized && e.Status != http.StatusTooManyRequests {
		return false
	}
	_, admitted := r.unauthenticated.Admit(e.Began)
	return admitted
}

func entryOf(e *api.Exchange) data.RequestLog {
	return data.RequestLog{
		Time: e.Began, Username: e.User, Resource: e.Resource, Method: method(e.Request.Method), QueryString: query(e),
		Status: e.Status, UserAgent: redactedText(e.Request.UserAgent()), RequestID: e.ID, Duration: e.Took,
		RemoteAddress: e.From(),
	}
}

// take returns what was recorded since the last time, in its order.
func (r *recorder) take() (entries []data.RequestLog, uses map[use]time.Time) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.full {
		entries = append(entries, r.ring[r.next:]...)
	}
	entries = append(entries, r.ring[:r.next]...)
	r.next, r.full = 0, false
	r.lost.Add(r.over)
	r.over = 0
	if len(r.uses) > 0 {
		uses, r.uses = r.uses, make(map[use]time.Time, len(r.uses))
	}
	return entries, uses
}

// flush writes what was recorded. Where the file cannot take it, requests are lost, and uses are kept for the next time.
func (r *recorder) flush(ctx context.Context) {
	entries, uses := r.take()
	if len(entries) == 0 && len(uses) == 0 {
		r.reportLosses()
		return
	}
	err := r.data.AppendRequestLogs(ctx, entries, r.keep)
	if err != nil {
		r.lost.Add(int64(len(entries)))
	} else {
		err = r.data.MarkUsed(ctx, usesOf(uses))
	}
	if err != nil {
		r.putBack(uses)
	}
	switch was := r.failing; {
	case err != nil && !was:
		r.log.Error("requests and last uses cannot be written to the data file", "error", err)
	case err == nil && was:
		r.log.Info("requests and last uses can be written to the data file again")
	}
	r.failing = err != nil
	r.reportLosses()
}

// putBack keeps uses for the next time, unless later ones are recorded.
func (r *recorder) putBack(uses map[use]time.Time) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for of, at := range uses {
		if at.After(r.uses[of]) {
			r.uses[of] = at
		}
	}
}

// reportLosses logs how many requests the request log lacks, each time that number has doubled: under a load that is too
// high for it this is no news every second.
func (r *recorder) reportLosses() {
	lost := r.lost.Load()
	if lost > 0 && lost >= 2*r.logged {
		r.log.Warn("request log lacks requests, there were too many at a time or they could not be written", "in_all", lost)
		r.logged = lost
	}
}

func usesOf(recorded map[use]time.Time) []data.TokenUse {
	uses := make([]data.TokenUse, 0, len(recorded))
	for of, at := range recorded {
		uses = append(uses, data.TokenUse{UserID: of.user, Fingerprint: of.token.Fingerprint(), At: at})
	}
	return uses
}
