package snapshot

import (
	"fmt"
	"testing"

	"latchkey/tokens"
)

// TestTable: everybody is found, nobody else is, and changes leave the table that they begin from alone.
func TestTable(t *testing.T) {
	t.Parallel()
	const users = 20_000
	table := newTable()
	var all []hashed
	for i := range users {
		name := fmt.Sprint("user", i)
		token := tokens.DigestOf(name)
		all = append(all, hashed{entry{int64(i + 1), name, tokens.Live{Digest: token}, &Grants{}}, table.hash(token)})
	}
	shards := table.fill([][]hashed{all[:users/3], all[users/3:]})
	wantFound(t, table, all, true)
	gone := map[int64]bool{}
	var touched []uint16
	for _, user := range all[:users/2] {
		gone[user.id] = true
		touched = append(touched, shards.take(user.id)...)
	}
	next := table.with(gone, touched, nil)
	wantFound(t, table, all, true)
	wantFound(t, next, all[:users/2], false)
	wantFound(t, next, all[users/2:], true)
	wantFound(t, next.with(nil, nil, all[:users/2]), all, true)
}

func wantFound(t *testing.T, table *table, users []hashed, want bool) {
	t.Helper()
	for _, user := range users {
		if found := table.find(user.token.Digest); (found.id == user.id) != want || !want && found.name != "" {
			t.Fatalf("%s: got %+v, want found: %t", user.name, found, want)
		}
	}
}

// TestTokensOfOneHash: both are found, and of two entries of one token neither lets anybody in.
func TestTokensOfOneHash(t *testing.T) {
	t.Parallel()
	named := func(id int64, name string) hashed {
		return hashed{entry{id, name, tokens.Live{Digest: tokens.DigestOf(name)}, &Grants{}}, 7}
	}
	s := newShard([]hashed{named(1, "a"), named(2, "b"), named(3, "c"), named(4, "b"), named(5, "a")})
	for name, wantDamaged := range map[string]bool{"a": true, "b": true, "c": false} {
		if found := s.find(tokens.DigestOf(name), 7); found.name != name || found.granted.damaged != wantDamaged {
			t.Errorf("%s: got %+v, want damaged %t", name, found, wantDamaged)
		}
	}
	if found := s.find(tokens.DigestOf("d"), 8); found.name != "" {
		t.Errorf("got %+v, want nobody", found)
	}
}

// TestCrowdedSlots: hashes that are near each other still get into their windows.
func TestCrowdedSlots(t *testing.T) {
	t.Parallel()
	var all []hashed
	for i := range 100 {
		all = append(all, hashed{entry{int64(i + 1), fmt.Sprint(i), tokens.Live{Digest: tokens.DigestOf(fmt.Sprint(i))}, &Grants{}}, 1<<40 + uint64(i/4)<<38 + uint64(i)})
	}
	s := newShard(all)
	for _, one := range all {
		if found := s.find(one.token.Digest, one.hash); found.id != one.id {
			t.Errorf("%s: got %+v", one.name, found)
		}
	}
}
