package snapshot

import (
	"context"
	"errors"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
)

// loader reads contents, one after the other. It is not safe for concurrent use.
type loader struct {
	stored engine.Engine
	latest *content // the last one that was made; nil: none, or it was interrupted
	shards places   // of latest
	sets   *grantSets
}

// places say in which shards the tokens of a user are.
type places struct{ first, second map[int64]uint16 } // few have a second token

func (p places) add(user int64, shard uint16) {
	if _, found := p.first[user]; found {
		p.second[user] = shard
		return
	}
	p.first[user] = shard
}

// take returns the shards of a user, and forgets them.
func (p places) take(user int64) (shards []uint16) {
	for _, of := range []map[int64]uint16{p.first, p.second} {
		if shard, found := of[user]; found {
			shards = append(shards, shard)
			delete(of, user)
		}
	}
	return shards
}

func newLoader(stored engine.Engine) *loader { return &loader{stored: stored, sets: newGrantSets()} }

// after returns the content of the state that a transaction reads: the old one itself if nothing was saved since, else
// what has changed upon it. Everything is read where the old one is not the last that was made, and where its last save
// is not in the record: then this is another line of saves, in which nothing tells what has changed.
func (l *loader) after(ctx context.Context, tx engine.ReadTx, old *content) (*content, error) {
	last, sameLine, err := lastSave(ctx, tx, old)
	if err != nil {
		return nil, err
	}
	var next *content
	switch {
	case l.latest == nil || l.latest != old || !sameLine:
		next, err = l.everything(ctx, tx, last)
	case last.number == old.last.number:
		return old, nil
	default:
		next, err = l.changes(ctx, tx, old)
	}
	if err != nil {
		return nil, err
	}
	next.last = last
	l.latest = next
	return next, nil
}

const lastSaveQuery = `SELECT last.number, last.head, last.saved_at, (SELECT last FROM counters WHERE name = 'reset'),
	(SELECT head FROM revisions WHERE number = ?1)
	FROM (SELECT number, head, saved_at FROM revisions ORDER BY number DESC LIMIT 1) AS last`

// lastSave reads the last record, and whether it is in the line of saves of a content.
func lastSave(ctx context.Context, tx engine.ReadTx, old *content) (last save, sameLine bool, err error) {
	rows, err := tx.Query(ctx, lastSaveQuery, old.last.number)
	if err != nil {
		return save{}, false, err
	}
	defer rows.Close() //nolint:errcheck // it was only read
	row, err := rows.Next()
	if err != nil || row == nil {
		return save{}, old.last.number == 0, err
	}
	read := store.Values{Row: row}
	last = save{number: read.Number(0), savedAt: time.UnixMilli(read.Number(2)), reset: read.Number(3)}
	copy(last.head[:], read.Bytes(1))
	sameLine = old.last.number == 0 || string(read.Bytes(4)) == string(old.last.head[:])
	if read.Wrong {
		return save{}, false, errors.Join(model.ErrDamaged, errors.New("the last record is not readable"))
	}
	return last, sameLine, nil
}

// changes makes the next content of what the records after the old one name, whatever has become of it. What has a later
// revision is read too, so that a damaged record hides nothing of that.
func (l *loader) changes(ctx context.Context, tx engine.ReadTx, old *content) (*content, error) {
	gone := map[int64]bool{}
	err := eachValue(ctx, tx, ChangedQuery, old.last.number, func(id int64) { gone[id] = true })
	if err != nil {
		return nil, err
	}
	var read []*loaded
	err = eachLoaded(ctx, tx, ChangedSince, []int64{old.last.number}, func(one *loaded) error {
		kept := *one
		read = append(read, &kept)
		return nil
	})
	if err != nil {
		return nil, err
	}
	what := changes{gone: gone, roles: map[int64]*role{}, resources: map[int64]*resource{}}
	for _, one := range read {
		l.keep(one, what.roles, what.resources)
	}
	for id, role := range what.roles {
		if before := old.roles[id]; before != nil && before.name != role.name {
			l.sets.forget()
		}
	}
	named := func(id int64) (string, bool) { return roleName(id, what.roles, old.roles) }
	for _, one := range read {
		if one.isUser() {
			what.users = l.appendUser(what.users, one, old.users, named)
		}
	}
	return l.apply(old, what), nil
}

// keep adds an object that is no user to what there is of its kind.
func (l *loader) keep(one *loaded, roles map[int64]*role, resources map[int64]*resource) {
	switch one.object.Kind {
	case model.KindRole:
		roles[one.object.ID] = l.role(one)
	case model.KindResource, model.KindSetting:
		resources[one.object.ID] = &resource{one.object, one.rules != "" || one.roles != "" || !one.sound()}
	}
}

// apply makes the next content of what was read.
func (l *loader) apply(old *content, what changes) *content {
	l.latest = nil // until all of it is done
	var shards []uint16
	for id := range what.gone {
		shards = append(shards, l.shards.take(id)...)
	}
	for _, user := range what.users {
		l.shards.add(user.id, shardOf(user.hash))
	}
	return old.with(what, shards)
}

func roleName(id int64, from ...map[int64]*role) (string, bool) {
	for _, roles := range from {
		if role := roles[id]; role != nil {
			return role.name, true
		}
	}
	return "", false
}
