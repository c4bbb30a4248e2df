package connection

import "time"

// evictionCandidate returns the idle connection to close first, or nil. It looks at all connections: a scan of thousands
// costs less than the handshake that follows.
func (c *Listener) evictionCandidate() *connection {
	var first *connection
	for conn := range c.open {
		if conn.running.Load() == 0 && (first == nil || conn.evictBefore(first)) {
			first = conn
		}
	}
	return first
}

// overShareCandidate returns the connection to close first of the user who has the most, if that is more than a share; else
// nil. It is an idle one, else one that waits for its client, else the one whose request runs longest. A request of less
// than QuietTime is safe. So no user can keep all the room there is, with right credentials.
func (c *Listener) overShareCandidate(now time.Duration) *connection {
	counts := map[int64]int{}
	var largest int64
	for conn := range c.open {
		if user := conn.user.Load(); user != 0 {
			if counts[user]++; counts[user] > counts[largest] {
				largest = user
			}
		}
	}
	if counts[largest] <= max(c.limit/shares, 1) {
		return nil
	}
	var first *connection
	for conn := range c.open {
		safe := conn.running.Load() > 0 && now-conn.quietSince() < QuietTime
		if conn.user.Load() == largest && !safe && (first == nil || conn.evictBusyBefore(first)) {
			first = conn
		}
	}
	return first
}

// evictBusyBefore orders the connections of one user.
func (c *connection) evictBusyBefore(other *connection) bool {
	if mine, others := c.running.Load() > 0, other.running.Load() > 0; mine != others {
		return others
	}
	if mine, others := c.reading.Load() > 0, other.reading.Load() > 0; mine != others {
		return mine
	}
	return c.quietSince() < other.quietSince()
}

// evictBefore orders idle connections.
func (c *connection) evictBefore(other *connection) bool {
	if mine, others := c.authenticated.Load(), other.authenticated.Load(); mine != others {
		return others
	}
	return c.quietSince() < other.quietSince()
}

// quietSince is when it was accepted or last had a request with right credentials.
func (c *connection) quietSince() time.Duration { return max(c.accepted, time.Duration(c.used.Load())) }

// evict closes a connection to make room for others. Its server side ends with a read error.
func (c *Listener) evict(conn *connection) {
	c.forget(conn)
	delete(c.open, conn)
	_ = conn.Conn.Close()
}
