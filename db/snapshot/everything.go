package snapshot

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"latchkey/db/engine"
)

// chunks is into how many parts the users are divided by their numbers, for whoever reads next.
const chunks = 64

// everything reads a whole state, with as many connections as there are processors.
func (l *loader) everything(ctx context.Context, tx engine.ReadTx, last save) (*content, error) {
	l.latest, l.sets = nil, newGrantSets()
	next := &content{users: newTable(), roles: map[int64]*role{}, resources: map[int64]*resource{}}
	err := eachLoaded(ctx, tx, noUsers, nil, func(one *loaded) error {
		l.keep(one, next.roles, next.resources)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var highest int64
	if err := eachValue(ctx, tx, lastObjectQuery, 0, func(id int64) { highest = id }); err != nil {
		return nil, err
	}
	users, err := l.readUsers(ctx, tx, reading{next, highest/chunks + 1, last})
	if err != nil {
		return nil, err
	}
	next.serve()
	l.shards = next.users.fill(users[:])
	return next, nil
}

const lastObjectQuery = `SELECT last FROM counters WHERE name = 'object' AND last > ?1`

// reading is what all who read users together need to know.
type reading struct {
	into *content
	step int64 // how many numbers a chunk has
	of   save  // that the state is of
}

// readUsers reads all users. Others help in transactions of their own, where these are of the same save: what is read
// here changes by saves alone.
func (l *loader) readUsers(ctx context.Context, tx engine.ReadTx, of reading) ([chunks][]hashed, error) {
	var users [chunks][]hashed
	var next atomic.Int64
	failed := make([]error, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for i := range failed[1:] {
		group.Go(func() {
			reader := l.stored.NewReader()
			failed[i+1] = reader.Read(ctx, func(tx engine.ReadTx) (err error) {
				last, _, err := lastSave(ctx, tx, new(content))
				if err == nil && last.number == of.of.number && last.head == of.of.head {
					err = l.readChunks(ctx, tx, of, &next, &users)
				}
				return err
			})
			failed[i+1] = errors.Join(failed[i+1], reader.Close())
		})
	}
	failed[0] = l.readChunks(ctx, tx, of, &next, &users)
	group.Wait()
	return users, errors.Join(failed...)
}

// readChunks reads users until no chunk is left.
func (l *loader) readChunks(ctx context.Context, tx engine.ReadTx, of reading, next *atomic.Int64, users *[chunks][]hashed) error {
	named := func(id int64) (string, bool) { return roleName(id, of.into.roles) }
	for {
		chunk := next.Add(1) - 1
		if chunk >= chunks {
			return nil
		}
		after, upTo := chunk*of.step, (chunk+1)*of.step
		if chunk == 0 {
			after = math.MinInt64 // no number is so low, or above the last one, but damaged ones
		}
		if chunk == chunks-1 {
			upTo = math.MaxInt64
		}
		err := eachLoaded(ctx, tx, between, []int64{after, upTo}, func(one *loaded) error {
			if one.isUser() {
				users[chunk] = l.appendUser(users[chunk], one, of.into.users, named)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// fill puts users into an empty table, and says in which shards each is.
func (t *table) fill(parts [][]hashed) places {
	var counts [1 << shardBits]int
	total := 0
	for _, users := range parts {
		total += len(users)
		for i := range users {
			counts[shardOf(users[i].hash)]++
		}
	}
	var group sync.WaitGroup
	shards := places{make(map[int64]uint16, total), map[int64]uint16{}}
	group.Go(func() {
		for _, users := range parts {
			for i := range users {
				shards.add(users[i].id, shardOf(users[i].hash))
			}
		}
	})
	all := make([][]hashed, len(counts))
	for at, count := range counts {
		all[at] = make([]hashed, 0, count)
	}
	for _, users := range parts {
		for i := range users {
			at := shardOf(users[i].hash)
			all[at] = append(all[at], users[i])
		}
	}
	for at, users := range all {
		if len(users) > 0 {
			t.shards[at] = newShard(users)
		}
	}
	group.Wait()
	return shards
}

// role is a role as it was read.
func (l *loader) role(one *loaded) *role {
	read := &role{name: one.object.Name, damaged: true}
	granted, err := l.sets.of(one.rules, "", nil)
	if err != nil {
		return read
	}
	one.object.Rules = granted.Own
	read.damaged = !one.sound()
	for _, rule := range granted.Own {
		rule.Role = read.name
		read.rules = append(read.rules, rule)
	}
	return read
}

// appendUser adds the tokens of a user as it was read. One that is damaged has the tokens of its row, for which nothing but an
// error is had.
func (l *loader) appendUser(users []hashed, one *loaded, table *table, named func(int64) (string, bool)) []hashed {
	object := &one.object
	granted, err := l.sets.of(one.rules, one.roles, named)
	damaged := err != nil
	if !damaged {
		object.Rules = granted.Own
		for _, id := range granted.roles {
			name, _ := named(id)
			object.Roles = append(object.Roles, name)
		}
		damaged = !one.sound()
	}
	if damaged {
		granted = &Grants{damaged: true}
	}
	current, retiring := object.Access.LiveTokens()
	if !current.Digest.IsZero() {
		users = append(users, hashed{entry{object.ID, object.Name, current, granted}, table.hash(current.Digest)})
	}
	if !retiring.Digest.IsZero() && !object.Access.RetiringUntil.IsZero() && !retiring.Digest.Equal(current.Digest) {
		users = append(users, hashed{entry{object.ID, object.Name, retiring, granted}, table.hash(retiring.Digest)})
	}
	return users
}
