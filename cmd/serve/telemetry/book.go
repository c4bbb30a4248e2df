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

// maxNoted is how many requests may wait for being written to the request log. Of more in a second the latest are
// kept: they are what the log would hold in the end.
const maxNoted = 4096

// book notes what goes into the data file, and writes it there from time to time. Of the requests whose credentials were
// refused it notes one a second: a flood of them would push all others out.
type book struct {
	data *data.Data
	keep int64
	log  *slog.Logger
	lost atomic.Int64 // requests that are not in the request log

	strangers api.LineLimit

	mutex sync.Mutex
	ring  []data.RequestLog // the next one goes to next, over an older one where it is full
	next  int
	full  bool
	over  int64 // how many were written over since the last flush
	uses  map[use]time.Time

	failing bool  // the last flush failed; used by flush alone
	told    int64 // how many losses were logged; used by flush alone
}

// use is one user's one token.
type use struct {
	user  int64
	token tokens.Digest
}

func newBook(config Config) *book {
	return &book{data: config.Data, keep: config.RequestLog, log: config.Log, uses: map[use]time.Time{},
		strangers: api.LineLimit{PerSecond: 1},
		ring:      make([]data.RequestLog, min(config.RequestLog, maxNoted))}
}

// note takes a request of a user, or one that was refused because it was nobody's. Probes are neither.
func (b *book) note(e *api.Exchange) {
	if e.UserID == 0 && !b.notesStranger(e) {
		return
	}
	var entry data.RequestLog
	if len(b.ring) > 0 {
		entry = entryOf(e)
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if e.UserID != 0 {
		b.uses[use{e.UserID, e.Token}] = e.Began
	}
	if len(b.ring) == 0 {
		return
	}
	if b.full {
		b.over++
	}
	b.ring[b.next] = entry
	if b.next++; b.next == len(b.ring) {
		b.next, b.full = 0, true
	}
}

func (b *book) notesStranger(e *api.Exchange) bool {
	if e.Status != http.StatusUnauthorized && e.Status != http.StatusTooManyRequests {
		return false
	}
	_, admitted := b.strangers.Admit(e.Began)
	return admitted
}

func entryOf(e *api.Exchange) data.RequestLog {
	return data.RequestLog{
		Time: e.Began, Username: e.User, Resource: e.Resource, Method: method(e.Request.Method), QueryString: query(e),
		Status: e.Status, UserAgent: redactedText(e.Request.UserAgent()), RequestID: e.ID, Duration: e.Took,
		RemoteAddress: clientText(e),
	}
}

// take returns what was noted since the last time, in its order.
func (b *book) take() (entries []data.RequestLog, uses map[use]time.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.full {
		entries = append(entries, b.ring[b.next:]...)
	}
	entries = append(entries, b.ring[:b.next]...)
	b.next, b.full = 0, false
	b.lost.Add(b.over)
	b.over = 0
	if len(b.uses) > 0 {
		uses, b.uses = b.uses, make(map[use]time.Time, len(b.uses))
	}
	return entries, uses
}

// flush writes what was noted. Where the file cannot take it, requests are lost, and uses are kept for the next time.
func (b *book) flush(ctx context.Context) {
	entries, uses := b.take()
	if len(entries) == 0 && len(uses) == 0 {
		b.tellLosses()
		return
	}
	err := b.data.AppendRequestLogs(ctx, entries, b.keep)
	if err != nil {
		b.lost.Add(int64(len(entries)))
	} else {
		err = b.data.MarkUsed(ctx, usesOf(uses))
	}
	if err != nil {
		b.putBack(uses)
	}
	switch was := b.failing; {
	case err != nil && !was:
		b.log.Error("requests and last uses cannot be written to the data file", "error", err)
	case err == nil && was:
		b.log.Info("requests and last uses can be written to the data file again")
	}
	b.failing = err != nil
	b.tellLosses()
}

// putBack keeps uses for the next time, unless later ones are noted.
func (b *book) putBack(uses map[use]time.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for of, at := range uses {
		if at.After(b.uses[of]) {
			b.uses[of] = at
		}
	}
}

// tellLosses logs how many requests the request log lacks, each time that number has doubled: under a load that is too
// high for it this is no news every second.
func (b *book) tellLosses() {
	lost := b.lost.Load()
	if lost > 0 && lost >= 2*b.told {
		b.log.Warn("request log lacks requests, there were too many at a time or they could not be written", "in_all", lost)
		b.told = lost
	}
}

func usesOf(noted map[use]time.Time) []data.TokenUse {
	uses := make([]data.TokenUse, 0, len(noted))
	for of, at := range noted {
		uses = append(uses, data.TokenUse{UserID: of.user, Fingerprint: of.token.Fingerprint(), At: at})
	}
	return uses
}
