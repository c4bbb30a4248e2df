package call

import (
	"errors"
	"sync"
)

// Quota counts something that requests take, such as bytes of memory, for all users together and for each of them. It is safe
// for concurrent use.
type Quota struct {
	All, PerUser int // limits; not to be changed once in use

	mutex sync.Mutex
	total int
	users map[int64]int
}

// Errors of [Quota.Resize].
var (
	ErrUserQuota = errors.New("there is no room for more of one user")
	ErrQuota     = errors.New("there is no room for more")
)

// Resize changes how much a request of a user takes. [ErrUserQuota] or [ErrQuota], and no change, where there is no room for
// more; with force it ignores the limits. Less is always possible.
func (q *Quota) Resize(user int64, from, to int, force bool) error {
	more := to - from
	if more == 0 {
		return nil
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	switch {
	case more < 0 || force:
	case q.users[user]+more > q.PerUser:
		return ErrUserQuota
	case q.total+more > q.All:
		return ErrQuota
	}
	if q.users == nil {
		q.users = map[int64]int{}
	}
	q.total += more
	if q.users[user] += more; q.users[user] == 0 {
		delete(q.users, user)
	}
	return nil
}
