package api

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"latchkey/cmd/serve/api/call"
)

// rateLimit counts events of each user, such as requests, in windows of time. The window of a user begins with its first event after the
// end of the last one. Memory is bounded by the number of users who sent requests lately. It is safe for concurrent use.
type rateLimit struct {
	rate Rate

	mutex sync.Mutex
	users map[int64]window
	swept time.Time // when ended windows were last deleted
}

type window struct {
	began time.Time
	used  int
}

// newRateLimit returns nil for no limit.
func newRateLimit(rate Rate) *rateLimit {
	if !rate.limits() {
		return nil
	}
	return &rateLimit{rate: rate, users: map[int64]window{}}
}

// take counts a request of a user. It returns how many more are allowed in the window, -1 if this one is not, and when the
// window ends.
func (l *rateLimit) take(user int64, now time.Time) (remaining int, ends time.Time) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.sweep(now)
	current, found := l.users[user]
	if !found || l.ended(current, now) {
		current = window{began: now}
	}
	remaining = l.rate.Events - current.used - 1
	if remaining >= 0 {
		current.used++
		l.users[user] = current
	}
	return remaining, current.began.Add(l.rate.Per)
}

// giveBack takes back the last event of a user, which was none after all.
func (l *rateLimit) giveBack(user int64) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if current, found := l.users[user]; found && current.used > 0 {
		current.used--
		l.users[user] = current
	}
}

// ended tells whether a window is over. One that begins in the future is over too: the clock was set back.
func (l *rateLimit) ended(w window, now time.Time) bool {
	return now.Sub(w.began) >= l.rate.Per || now.Before(w.began)
}

// sweep deletes ended windows, once in the time of a window.
func (l *rateLimit) sweep(now time.Time) {
	if now.Sub(l.swept) < l.rate.Per && !now.Before(l.swept) {
		return
	}
	l.swept = now
	for user, w := range l.users {
		if l.ended(w, now) {
			delete(l.users, user)
		}
	}
}

// limitRate returns an error if the user has sent too many requests. Every response says how many are left, in the fields that
// most clients know: RateLimit-Limit, -Remaining and -Reset, in seconds (draft-ietf-httpapi-ratelimit-headers up to -07; later
// drafts use one structured field, which few clients read), and in those that clients of the Stores API V2 wait by.
func (s *server) limitRate(c *call.Call) error {
	if s.rateLimit == nil {
		return nil
	}
	if c.Anonymous {
		return limitStranger(s.strangers.fail(s.TrustedProxies.ClientAddress(c.Request), s.Clock()))
	}
	header := c.Writer.Header()
	now := s.Clock()
	remaining, ends := s.rateLimit.take(c.Identity.UserID, now)
	left, resets := strconv.Itoa(max(remaining, 0)), ends.Sub(now)
	quota := strconv.Itoa(s.RateLimit.Events)
	header.Set("RateLimit-Limit", quota)
	header.Set("RateLimit-Remaining", left)
	header.Set("RateLimit-Reset", wholeSeconds(resets))
	header[remainingOfFamily] = []string{left}
	header.Set("X-Rate-Limit-Requests-Left", left)
	header.Set("X-Rate-Limit-Requests-Quota", quota)
	header.Set("X-Rate-Limit-Time-Reset-Ms", wholeMilliseconds(resets))
	header.Set("X-Rate-Limit-Time-Window-Ms", wholeMilliseconds(s.RateLimit.Per))
	if remaining >= 0 {
		return nil
	}
	return &call.Error{
		Status:  http.StatusTooManyRequests,
		Message: fmt.Sprintf("this user may make %d requests in %s: try again later", s.RateLimit.Events, s.RateLimit.Per),
		Header:  map[string]string{"Retry-After": wholeSeconds(resets), "X-Retry-After": wholeSeconds(resets)},
	}
}

// remainingOfFamily is written as the documentation of the Stores API V2 does: its clients look for a field of exactly this
// name, as it is sent by HTTP/1.1.
const remainingOfFamily = "X-BC-ApiLimit-Remaining"

// manyRemaining is the value of that field where nothing is limited: more than any client waits below, and a number in all
// languages. It is shared: nobody may write to it.
var manyRemaining = []string{"2147483647"}

// unlimitRate takes back that a request was counted.
func (s *server) unlimitRate(c *call.Call) {
	switch {
	case s.rateLimit == nil:
	case c.Anonymous:
		s.strangers.giveBack(s.TrustedProxies.ClientAddress(c.Request))
	default:
		s.rateLimit.giveBack(c.Identity.UserID)
	}
}

// wholeSeconds is a duration in seconds, rounded up.
func wholeSeconds(wait time.Duration) string {
	return strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10)
}

// wholeMilliseconds is a duration in milliseconds, rounded up.
func wholeMilliseconds(wait time.Duration) string {
	return strconv.FormatInt(int64((wait+time.Millisecond-1)/time.Millisecond), 10)
}
