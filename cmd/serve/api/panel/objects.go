package panel

import (
	"context"
	"fmt"
	"net/url"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
)

// choiceOf reads which live objects of a kind are chosen: users may be those of one role.
func choiceOf(c *call.Call, kind model.Kind) (db.Choice, error) {
	role, err := nameParameter(c, "role")
	return db.Choice{Kind: kind, Role: role}, err
}

// page reads one page of the live objects of a kind.
func (p *Panel) page(c *call.Call, kind model.Kind) (objects []model.Object, err error) {
	choice, err := choiceOf(c, kind)
	if err != nil {
		return nil, err
	}
	page, limit, err := call.ReadPage(c.Query)
	if err != nil {
		return nil, err
	}
	err = p.read(c, func(ctx context.Context, users *db.DB) error {
		objects, err = users.Page(ctx, choice, offsetOf(page, limit), limit)
		return err
	})
	return objects, err
}

// offsetOf is the number of elements before a page; if it overflows, a number beyond all lists.
func offsetOf(page, limit int64) int64 {
	const beyond = 1 << 62
	if page-1 > beyond/limit {
		return beyond
	}
	return (page - 1) * limit
}

func (p *Panel) count(c *call.Call, kind model.Kind) (call.Response, error) {
	choice, err := choiceOf(c, kind)
	if err != nil {
		return call.Response{}, err
	}
	var count int64
	err = p.read(c, func(ctx context.Context, users *db.DB) (err error) {
		count, err = users.Count(ctx, choice)
		return err
	})
	return countResponse(count, err)
}

// object reads the object that the path names, and its version: the live one or, with staged=true, the one that a save of the
// caller's draft would make live.
func (p *Panel) object(c *call.Call, kind model.Kind) (object model.Object, version string, err error) {
	name, nameErr := nameInPath(c)
	staged, stagedErr := boolParameter(c, "staged")
	draft, draftErr := draftOf(c)
	for _, err := range []error{nameErr, stagedErr, draftErr} {
		if err != nil {
			return model.Object{}, "", err
		}
	}
	err = p.read(c, func(ctx context.Context, users *db.DB) error {
		if staged {
			next, nextVersion, err := stagedObject(ctx, users, draft, kind, name)
			if err != nil || next != nil {
				object, version = valueOrZero(next), nextVersion
				return err
			}
		}
		object, err = users.Object(ctx, kind, name)
		version = object.Version()
		return err
	})
	return object, version, err
}

// stagedObject finds an object as a draft changes it; nil: the draft does not change it.
func stagedObject(ctx context.Context, users *db.DB, draft drafts.Draft, kind model.Kind, name string) (*model.Object, string, error) {
	all, err := users.Staged(ctx, draft)
	if err != nil {
		return nil, "", err
	}
	gone := false
	for _, staged := range all {
		switch {
		case staged.Kind() != kind:
		case staged.Next != nil && staged.Next.Name == name:
			version, err := staged.Version()
			return staged.Next, version, err
		case staged.Base != nil && staged.Base.Name == name:
			gone = true
		}
	}
	if gone {
		return nil, "", fmt.Errorf("%w: %s: your draft removes or renames it", kind.Missing(), name)
	}
	return nil, "", nil
}

func valueOrZero(object *model.Object) model.Object {
	if object == nil {
		return model.Object{}
	}
	return *object
}

// pathSegment is a name as one segment of a URL path.
func pathSegment(name string) string { return url.PathEscape(name) }

// uses reads when the tokens of a user were last used. An error is only logged: the rest of the user can be shown.
func (p *Panel) uses(c *call.Call, user model.Object) wire.Uses {
	found, err := p.Data.LastUsed(c.Request.Context(), user.ID)
	if err != nil {
		p.Log.Warn("when tokens were last used is not known", "request_id", c.ID, "error", err)
	}
	return wire.UsesOf(found)
}
