package connection

import (
	"sync"
	"time"
)

var startOfTests = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// fakeClock is a clock that stands until it is moved.
type fakeClock struct {
	mutex sync.Mutex
	time  time.Time
}

func newFakeClock() *fakeClock { return &fakeClock{time: startOfTests} }

func (c *fakeClock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.time
}

func (c *fakeClock) advance(by time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.time = c.time.Add(by)
}
