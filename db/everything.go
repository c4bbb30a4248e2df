package db

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"latchkey/db/internal/sqlitefile"
)

// chunks is into how many parts the users are divided by their numbers, for whoever reads next.
const chunks = 64

// everything reads a whole state, with as many connections as there are processors.
func (l *loader) everything(ctx context.Context, tx *sqlitefile.ReadTx, number int64, head Head) (*content, error) {
	l.latest, l.sets = nil, newGrantSets()
	next := &content{users: newTable(), roles: map[int64]*role{}, resources: map[int64]*resource{}}
	err := eachLoaded(ctx, tx, noUsers, nil, func(one *loaded) error {
		l.keep(one, next.roles, next.resources)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var last int64
	if err := eachValue(ctx, tx, lastObjectQuery, 0, func(id int64) { last = id }); err != nil {
		return nil, err
	}
	users, err := l.readUsers(ctx, tx, reading{next, last/chunks + 1, &content{number: number, head: head}})
	if err != nil {
		return nil, err
	}
	next.serve()
	l.shards = next.users.fill(users)
	return next, nil
}

const lastObjectQuery = `SELECT last FROM counters WHERE name = 'object' AND last > ?1`

// reading is what all who read users together need to know.
type reading struct {
	into *content
	step int64    // how many numbers a chunk has
	of   *content // the save that the state is of
}

// readUsers reads all users. Others help in transactions of their own, where these are of the same save: what is read
// here changes by saves alone.
func (l *loader) readUsers(ctx context.Context, tx *sqlitefile.ReadTx, of reading) ([][]hashed, error) {
	var chunk atomic.Int64
	readers := runtime.GOMAXPROCS(0)
	users, failed := make([][]hashed, readers), make([]error, readers)
	var group sync.WaitGroup
	for i := 1; i < readers; i++ {
		group.Go(func() {
			reader := l.file.NewReader()
			failed[i] = reader.Read(ctx, func(tx *sqlitefile.ReadTx) (err error) {
				number, head, _, err := lastSave(ctx, tx, new(content))
				if err == nil && number == of.of.number && head == of.of.head {
					users[i], err = l.readChunks(ctx, tx, of, &chunk)
				}
				return err
			})
			failed[i] = errors.Join(failed[i], reader.Close())
		})
	}
	users[0], failed[0] = l.readChunks(ctx, tx, of, &chunk)
	group.Wait()
	return users, errors.Join(failed...)
}

// readChunks reads users until no chunk is left.
func (l *loader) readChunks(ctx context.Context, tx *sqlitefile.ReadTx, of reading, chunk *atomic.Int64) ([]hashed, error) {
	var users []hashed
	named := func(id int64) (string, bool) { return roleName(id, of.into.roles) }
	for {
		next := chunk.Add(1)
		if next > chunks {
			return users, nil
		}
		after, upTo := (next-1)*of.step, next*of.step
		if next == 1 {
			after = math.MinInt64 // no number is so low, or above the last one, but damaged ones
		}
		if next == chunks {
			upTo = math.MaxInt64
		}
		err := eachLoaded(ctx, tx, between, []int64{after, upTo}, func(one *loaded) error {
			if one.isUser() {
				users = append(users, l.user(one, of.into.users, named))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
}

// fill puts users into an empty table, and says in which shard each is.
func (t *table) fill(parts [][]hashed) map[int64]uint16 {
	var counts [1 << shardBits]int
	total := 0
	for _, users := range parts {
		total += len(users)
		for i := range users {
			counts[shardOf(users[i].hash)]++
		}
	}
	shards := make(map[int64]uint16, total)
	var all [1 << shardBits][]hashed
	for _, users := range parts {
		for _, user := range users {
			at := shardOf(user.hash)
			if all[at] == nil {
				all[at] = make([]hashed, 0, counts[at])
			}
			all[at] = append(all[at], user)
			shards[user.id] = at
		}
	}
	for at, users := range all {
		if users != nil {
			t.shards[at] = newShard(users)
		}
	}
	return shards
}

// role is a role as it was read.
func (l *loader) role(one *loaded) *role {
	read := &role{name: one.object.Name, damaged: true}
	granted, err := l.sets.of(one.rules, "", nil)
	if err != nil {
		return read
	}
	one.object.Rules = granted.own
	read.damaged = one.wrong || checkDigest(one.object, one.digest) != nil
	for _, rule := range granted.own {
		rule.Role = read.name
		read.rules = append(read.rules, rule)
	}
	return read
}

// user is a user as it was read. One that is damaged has the token of its row, for which nothing but an error is had.
func (l *loader) user(one *loaded, table *table, named func(int64) (string, bool)) hashed {
	object := &one.object
	user := hashed{entry{object.ID, object.Name, object.Access.Current, nil}, table.hash(object.Name)}
	granted, err := l.sets.of(one.rules, one.roles, named)
	if err == nil && !one.wrong {
		object.Rules = granted.own
		for _, id := range granted.roles {
			name, _ := named(id)
			object.Roles = append(object.Roles, name)
		}
		err = checkDigest(*object, one.digest)
	}
	damaged := err != nil || one.wrong
	if user.granted = granted; damaged || !object.Access.Retiring.IsZero() {
		kept := grants{damaged: damaged, retiring: object.Access.Retiring, retiringUntil: object.Access.RetiringUntil}
		if !damaged {
			kept.own, kept.roles = granted.own, granted.roles
		}
		user.granted = &kept
	}
	return user
}
