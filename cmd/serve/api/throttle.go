package api

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// Rate is a number of events in a time, such as 100 in a minute. The zero Rate is no limit.
type Rate struct {
	Events int
	Per    time.Duration
}

func (r Rate) limits() bool { return r.Events > 0 && r.Per > 0 }

// maxThrottled is for how many networks failures are counted, at about 200 bytes each. Beyond that, the network without a
// failure for the longest time is forgotten: its bucket is the emptiest.
const maxThrottled = 16 << 10

// throttle counts the failed authentications of each network (H6): an IPv4 address, or an IPv6 /64, which is what a provider
// gives one customer. It is used only after credentials were found to be invalid, so it can never reject valid ones. It is
// safe for concurrent use.
type throttle struct {
	rate Rate

	mutex  sync.Mutex
	known  map[netip.Prefix]*list.Element
	recent *list.List // of *bucket, the latest used first
}

// bucket is the leaky bucket of a network: each failure adds to it, and it empties at a constant rate.
type bucket struct {
	network netip.Prefix
	level   time.Duration // how long it takes until the bucket is empty
	at      time.Time     // when it had this level
}

// newThrottle returns nil for no limit.
func newThrottle(rate Rate) *throttle {
	if !rate.limits() {
		return nil
	}
	return &throttle{rate: rate, known: map[netip.Prefix]*list.Element{}, recent: list.New()}
}

// fail counts a failure. It returns 0 if there is room for it in the bucket, or how long it takes until there is. Then it adds
// nothing, so that a client that waits as told is served.
func (t *throttle) fail(client netip.Addr, now time.Time) (wait time.Duration) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	b := t.bucketFor(networkOf(client), now)
	b.level = max(0, b.level-max(0, now.Sub(b.at)))
	b.at = now
	one := t.rate.Per / time.Duration(t.rate.Events)
	if over := b.level + one - t.rate.Per; over > 0 {
		return over
	}
	b.level += one
	return 0
}

// giveBack takes back what was counted for a client.
func (t *throttle) giveBack(client netip.Addr) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if element, found := t.known[networkOf(client)]; found {
		b := element.Value.(*bucket) //nolint:errcheck,forcetypeassert // the list holds nothing else
		b.level = max(0, b.level-t.rate.Per/time.Duration(t.rate.Events))
	}
}

// bucketFor finds or makes the bucket of a network.
func (t *throttle) bucketFor(network netip.Prefix, now time.Time) *bucket {
	if element, found := t.known[network]; found {
		t.recent.MoveToFront(element)
		return element.Value.(*bucket) //nolint:errcheck,forcetypeassert // the list holds nothing else
	}
	if t.recent.Len() == maxThrottled {
		oldest := t.recent.Back()
		delete(t.known, oldest.Value.(*bucket).network) //nolint:errcheck,forcetypeassert // the list holds nothing else
		t.recent.Remove(oldest)
	}
	fresh := &bucket{network: network, at: now}
	t.known[network] = t.recent.PushFront(fresh)
	return fresh
}

// networkOf is the network that the failures of a client count for. Clients whose address is not known share one.
func networkOf(client netip.Addr) netip.Prefix {
	bits := 32
	if client.Is6() {
		bits = 64
	}
	network, err := client.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}
