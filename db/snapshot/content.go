package snapshot

import (
	"fmt"
	"maps"
	"time"

	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/settings"
	"latchkey/tokens"
)

// content is who may do what in one state of the database. It never changes.
type content struct {
	last  save
	users *table
	roles map[int64]*role

	resources map[int64]*resource // the settings are among them
	limits    tokens.Limits       // of the settings
	catalogue *perms.Catalogue    // of the resources
	unserved  error               // why there is none
}

// save is the last one of a state. The zero save is that of a database in which nothing was saved.
type save struct {
	number  int64
	head    model.Head // tells one line of saves from another
	savedAt time.Time
	reset   int64 // number of the save that last reset the clock; 0: none has
}

// resource is laid over the embedded catalogue, or has the settings.
type resource struct {
	object  model.Object
	damaged bool // its row is not what its save wrote
}

// role is what users refer to by its number: a change of it is theirs at once.
type role struct {
	name    string
	rules   []perms.Rule
	damaged bool // its row is not what its save wrote
}

// Grants are what a user may do: rules of its own, and the numbers of its roles, by their names. Users with the same
// ones share them. They never change.
type Grants struct {
	Own   []perms.Rule
	roles []int64

	damaged bool // the user's row is not what its save wrote
}

// sound returns [model.ErrDamaged] for a user whose row, or a role of whom, is not what its save wrote (D11), and for everybody
// while a resource is not: what its requests need is not known.
func (c *content) sound(user *entry) error {
	if c.unserved != nil {
		return c.unserved
	}
	if user.granted.damaged {
		return fmt.Errorf("%w: the row of user %q is not what its save wrote, or another user has its token", model.ErrDamaged, user.name)
	}
	for _, id := range user.granted.roles {
		if role := c.roles[id]; role == nil || role.damaged {
			return fmt.Errorf("%w: the row of a role of user %q is not what its save wrote", model.ErrDamaged, user.name)
		}
	}
	return nil
}

// changes are what has become of objects: all that had one of the gone numbers is gone, and these are there.
type changes struct {
	gone      map[int64]bool
	users     []hashed
	roles     map[int64]*role
	resources map[int64]*resource
}

// with is the next content. shards are those in which tokens of the gone users are.
func (c *content) with(what changes, shards []uint16) *content {
	next := *c
	next.users = c.users.with(what.gone, shards, what.users)
	next.roles = replaced(c.roles, what.gone, what.roles)
	if resources := replaced(c.resources, what.gone, what.resources); !maps.Equal(resources, c.resources) {
		next.resources = resources
		next.serve()
	}
	return &next
}

// serve makes the catalogue of the resources and the settings.
func (c *content) serve() {
	var set settings.Settings
	byName := make(map[string]*model.Object, len(c.resources))
	for _, resource := range c.resources {
		if resource.damaged {
			c.catalogue, c.unserved = nil, fmt.Errorf("%w: the row of %s %q is not what its save wrote", model.ErrDamaged, resource.object.Kind, resource.object.Name)
			return
		}
		if resource.object.Kind == model.KindSetting {
			set = resource.object.Settings
			continue
		}
		byName[resource.object.Name] = &resource.object
	}
	c.limits = set.TokenLimits()
	c.catalogue, c.unserved = model.CatalogueOf(set.Embedded(), byName)
}

// replaced returns the map itself where nothing of it changes.
func replaced[T any](old map[int64]*T, gone map[int64]bool, fresh map[int64]*T) map[int64]*T {
	touched := len(fresh) > 0
	for id := range gone {
		touched = touched || old[id] != nil
	}
	if !touched {
		return old
	}
	next := maps.Clone(old)
	maps.DeleteFunc(next, func(id int64, _ *T) bool { return gone[id] })
	maps.Copy(next, fresh)
	return next
}

// with is the next table. shards are those in which tokens of the gone numbers are.
func (t *table) with(gone map[int64]bool, shards []uint16, users []hashed) *table {
	next := *t
	touched := map[uint16][]hashed{}
	for _, at := range shards {
		touched[at] = nil
	}
	for _, user := range users {
		at := shardOf(user.hash)
		touched[at] = append(touched[at], user)
	}
	for at, fresh := range touched {
		old := t.shards[at]
		all := make([]hashed, 0, len(old.entries)+len(old.twins)+len(fresh))
		for _, entries := range [][]entry{old.entries[1:], old.twins} {
			for _, one := range entries {
				if !gone[one.id] {
					all = append(all, hashed{one, t.hash(one.token.Digest)})
				}
			}
		}
		next.shards[at] = newShard(append(all, fresh...))
	}
	return &next
}
