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
func ofResource(c model.Update, live catalogues) perms.Change {
	name := c.Object().Name
	built := model.Embedded(live.embedded, name)
	before, after := served(built, c.Before), served(built, c.After)
	judged := perms.Change{Kind: string(model.KindResource), Name: name, Added: before == nil, Removed: after == nil,
		Service: slices.ContainsFunc(live.catalogue.Resources(), func(r perms.Resource) bool { return r.Backend.IsService() }),
		OfHost:  before != nil && before.Resource.Host != ""}
	if before == nil {
		before = cmp.Or(built, &model.Object{Kind: model.KindResource, Name: name})
	}
	if after == nil && c.Before != nil && built != nil {
		judged.Removed, judged.Fields = false, []string{"remove"}
		after = built
	}
	for _, difference := range model.Compare(before.Record(), after.Record()) {
		judged.Fields = append(judged.Fields, difference.Field)
	}
	return judged
}

// served is the resource of a name in the catalogue, nil for none, where the database has this object of the name and built
// is the embedded one.
func served(built, object *model.Object) *model.Object {
	switch {
	case object == nil:
		return built
	case object.Hidden:
		return nil
	}
	return object
}
