package snapshot

import (
	"hash/maphash"
	"math/bits"
	"slices"

	"latchkey/tokens"
)

const (
	// shardBits is how many bits of a hash tell the shard: a change copies the table of shards and one shard, and
	// among a million users these are 32 KiB and about as much.
	shardBits = 12
	// window is how many slots of a shard are looked at for a token, whatever it is.
	window = 8
)

// table finds users by their live tokens. It never changes: a change makes another one, which shares most shards with it.
type table struct {
	seed   maphash.Seed
	shards [1 << shardBits]*shard // none is nil
}

// entry is a live token and its user, as far as authenticating goes. A user whose token retires has two.
type entry struct {
	id      int64
	name    string
	token   tokens.Live // zero: nobody's
	granted *Grants     // never nil
}

// shard holds the users of some tokens. Where it looks does not depend on what it finds (T3): in a window of slots for
// the whole hash, and at one entry, which is the stranger's where there is none. That the token itself is the same is
// for the caller to see: another one of the same hash is one in 2^64.
type shard struct {
	hashes  []uint64 // of the token in each slot; 0: the slot is free
	places  []uint32 // after the slot's number and 1: where its entry is; places[0] is 0
	entries []entry  // entries[0] is the stranger
	twins   []entry  // those whose hash another token has already
}

// stranger is whose entry is found for a token that no user has.
var stranger = entry{granted: &Grants{}}

var emptyShard = newShard(nil)

func newTable() *table {
	t := &table{seed: maphash.MakeSeed()}
	for i := range t.shards {
		t.shards[i] = emptyShard
	}
	return t
}

// hash is never 0. It is not the beginning of the digest: whoever may hand digests in could choose many of one beginning.
func (t *table) hash(token tokens.Digest) uint64 { return max(maphash.Bytes(t.seed, token[:]), 1) }

func shardOf(hash uint64) uint16 { return uint16(hash >> (64 - shardBits)) }

// find returns the entry of a token, or the stranger's, or, seldom, that of another token: look at the token.
func (t *table) find(token tokens.Digest) *entry {
	hash := t.hash(token)
	return t.shards[shardOf(hash)].find(token, hash)
}

func (s *shard) find(token tokens.Digest, hash uint64) *entry {
	slot := 0
	home := s.home(hash)
	for i, other := range s.hashes[home : home+window] {
		slot |= (home + i + 1) & same(other, hash)
	}
	if len(s.twins) > 0 {
		if i := slices.IndexFunc(s.twins, func(twin entry) bool { return twin.token.Digest.Equal(token) }); i >= 0 {
			return &s.twins[i]
		}
	}
	return &s.entries[s.places[slot]]
}

// same is all ones if the hashes are the same, else 0: without a branch, as one that is guessed wrong can be measured. No
// hash is in two slots.
func same(a, b uint64) int {
	differs := a ^ b
	return int((differs|-differs)>>63) - 1
}

// home is the first slot in which a token can be. The window after the last one is whole.
func (s *shard) home(hash uint64) int { return homeAmong(len(s.hashes)-window+1, hash) }

func homeAmong(slots int, hash uint64) int {
	high, _ := bits.Mul64(hash<<shardBits, uint64(slots)) //nolint:gosec // a count
	return int(high)                                      //nolint:gosec // below slots
}

// hashed is an entry with the hash of its token.
type hashed struct {
	entry

	hash uint64
}

// newShard lays entries out by hash, in as many slots as it takes for each to be in its window. It sorts them. No save
// gives two users one token, so of two entries of one token the one of the sound row is right; if both rows are, nobody gets in.
func newShard(all []hashed) *shard {
	slices.SortFunc(all, func(a, b hashed) int {
		return compareHashes(a.hash<<shardBits, b.hash<<shardBits)
	})
	s := &shard{entries: make([]entry, 1, len(all)+1)}
	s.entries[0] = stranger
	homes := make([]uint64, 0, len(all))
	for _, one := range all {
		last := len(homes) - 1
		switch {
		case last < 0 || homes[last] != one.hash:
			homes = append(homes, one.hash)
			s.entries = append(s.entries, one.entry)
		default:
			s.addTwin(one.entry)
		}
	}
	for slots := 2*len(homes) + 1; !s.lay(homes, slots); slots += slots/4 + 1 {
	}
	return s
}

func compareHashes(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// ownedTwice is of a token of two sound rows.
var ownedTwice = &Grants{damaged: true}

// addTwin adds an entry after one of the same hash.
func (s *shard) addTwin(twin entry) {
	for _, others := range [][]entry{s.entries[len(s.entries)-1:], s.twins} {
		for i := range others {
			if !others[i].token.Digest.Equal(twin.token.Digest) {
				continue
			}
			switch {
			case twin.granted.damaged || others[i].granted == ownedTwice:
			case others[i].granted.damaged:
				others[i] = twin
			default:
				others[i].granted = ownedTwice
			}
			return
		}
	}
	s.twins = append(s.twins, twin)
}

// lay gives each hash a slot, as many of them as there are homes; false if one of them does not get into its window.
func (s *shard) lay(sorted []uint64, homes int) bool {
	s.hashes, s.places = make([]uint64, homes+window-1), make([]uint32, homes+window)
	next := 0
	for i, hash := range sorted {
		home := homeAmong(homes, hash)
		next = max(next, home)
		if next >= home+window {
			return false
		}
		s.hashes[next], s.places[next+1] = hash, uint32(i+1)
		next++
	}
	return true
}
