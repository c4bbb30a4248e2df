package db

import (
	"cmp"
	"slices"

	"latchkey/db/model"
	"latchkey/perms"
)

// ofResource judges what becomes of the resource in the catalogue. To hide an embedded one is to remove it; to lay another
// over it, or take that away again, is to change it; and what an embedded one says of itself when it comes back is
// nobody's choice. So to take away one that was laid over it takes what it takes to change it to that, too.
func ofResource(c model.Update, live *perms.Catalogue) perms.Change {
	name := c.Object().Name
	before, after := served(name, c.Before), served(name, c.After)
	judged := perms.Change{Kind: string(model.KindResource), Name: name, Added: before == nil, Removed: after == nil,
		Service: slices.ContainsFunc(live.Resources(), func(r perms.Resource) bool { return r.Backend.IsService() }),
		OfHost:  before != nil && before.Resource.Host != ""}
	if before == nil {
		before = cmp.Or(model.Embedded(name), &model.Object{Kind: model.KindResource, Name: name})
	}
	built := model.Embedded(name)
	if after == nil && c.Before != nil && built != nil {
		judged.Removed, judged.Fields = false, []string{"remove"}
		after = built
	}
	for _, difference := range model.Compare(before.Record(), after.Record()) {
		judged.Fields = append(judged.Fields, difference.Field)
	}
	return judged
}

// served is the resource of a name in the catalogue, nil for none, where the database has this object of the name.
func served(name string, object *model.Object) *model.Object {
	switch {
	case object == nil:
		return model.Embedded(name)
	case object.Hidden:
		return nil
	}
	return object
}
