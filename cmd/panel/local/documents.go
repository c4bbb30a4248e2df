package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/model"
	"latchkey/perms"
)

// CountDocuments counts the stored documents of a resource.
func (p documents) CountDocuments(ctx context.Context, resource string) (count int64, err error) {
	err = p.withDocuments(ctx, false, func(stored *data.Data) (err error) {
		count, err = stored.Count(ctx, data.Collection{Resource: resource}, nil)
		return err
	})
	return count, err
}

func (p documents) withDocuments(ctx context.Context, toChange bool, work func(stored *data.Data) error) error {
	switch {
	case p.WithDocuments != nil:
		return p.WithDocuments(ctx, toChange, work)
	case toChange:
		return fmt.Errorf("%w here", panel.ErrNoDocuments)
	}
	return nil
}

// Export reads a collection.
func (p documents) Export(ctx context.Context, of panel.Collection, mostFields int) (panel.Exported, error) {
	collection, err := p.collection(ctx, of, perms.Request{Endpoint: perms.Collection, Method: http.MethodGet})
	whole := &panel.Whole{}
	names := map[string]bool{}
	see := func(document data.Document) error {
		whole.Count++
		if mostFields == 0 {
			return nil
		}
		return seeFields(document, names, mostFields)
	}
	return panel.Exported{Whole: whole, Documents: func(yield func(panel.Document, error) bool) {
		visited := int64(0)
		if p.WithDocuments == nil {
			yield(panel.Document{}, fmt.Errorf("%w here", panel.ErrNoDocuments))
			return
		}
		err := p.WithDocuments(ctx, false, func(stored *data.Data) error {
			return stored.Visit(ctx, collection, see, func(document data.Document) error {
				if whole.Fields == nil {
					whole.Fields = slices.Sorted(maps.Keys(names))
				}
				visited++
				if !yield(panel.Document{ID: document.ID, Fields: document.Body, CreatedAt: document.CreatedAt, UpdatedAt: document.UpdatedAt}, nil) {
					return errStop
				}
				return nil
			})
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(panel.Document{}, err)
		}
		whole.Count = visited // it may be another than before
	}}, err
}

// seeFields adds the names of the fields of a document, as long as they are not too many.
func seeFields(document data.Document, names map[string]bool, most int) error {
	var fields data.Fields
	if err := json.Unmarshal(document.Body, &fields); err != nil {
		return fmt.Errorf("document %d: %w", document.ID, err)
	}
	for name := range fields {
		names[name] = true
	}
	if len(names) > most {
		return fmt.Errorf("%w: more than %d", panel.ErrManyFields, most)
	}
	return nil
}

// Import stores documents. Whether that may be is found out again before it is committed: they may have come long after the
// import began (H11).
func (p documents) Import(ctx context.Context, into panel.Collection, given iter.Seq2[panel.Document, error], options panel.ImportOptions) (panel.Imported, error) {
	takes := []perms.Request{{Endpoint: perms.Collection, Method: http.MethodPost}}
	if options.Update {
		takes = append(takes, perms.Request{Endpoint: perms.Item, Method: http.MethodPut})
	}
	var done panel.Imported
	collection, err := p.collection(ctx, into, takes...)
	if err != nil {
		return done, err
	}
	shown, err := p.shown(ctx, into.Resource)
	if err != nil {
		return done, err
	}
	drafts, err := draftsOf(given, shown)
	if err != nil {
		return done, err
	}
	confirm := func(ctx context.Context) error {
		now, err := p.collection(ctx, into, takes...)
		if err == nil && now != collection {
			err = fmt.Errorf("%w: %s was changed meanwhile", panel.ErrNoDocuments, into.Resource)
		}
		return err
	}
	err = p.withDocuments(ctx, true, func(stored *data.Data) (err error) {
		stored = data.Confirmed(stored, confirm)
		if options.MinFree != nil {
			stored.MinFree = options.MinFree.Of
		}
		done, err = store(ctx, stored, collection, drafts, options)
		return err
	})
	if refused := (*data.ImportError)(nil); errors.As(err, &refused) {
		err = &panel.DocumentError{Index: refused.Index, Err: refused.Err}
	}
	return done, err
}

func store(ctx context.Context, stored *data.Data, collection data.Collection, drafts []data.Draft, options panel.ImportOptions) (panel.Imported, error) {
	total := int64(len(drafts))
	var step func(done int)
	if options.Progress != nil {
		step = func(done int) { options.Progress(int64(done), total) }
	}
	changed, err := 0, error(nil)
	if options.Update {
		changed, err = stored.ImportOver(ctx, collection, drafts, step)
	} else {
		err = stored.Import(ctx, collection, drafts, step)
	}
	return panel.Imported{Added: total - int64(changed), Changed: int64(changed)}, err
}

// shown takes from fields what clients are shown besides: the id of the parent, and links to what is below.
func (p documents) shown(ctx context.Context, name string) (func(data.Fields), error) {
	catalogue, err := p.Database.Catalogue(ctx, db.State{})
	if err != nil {
		return nil, err
	}
	resource, _ := catalogue.Resource(name)
	below := catalogue.Below(name)
	return func(fields data.Fields) {
		delete(fields, resource.ParentField())
		for _, other := range below {
			if link := perms.LastSegment(other.Path); other.IsLink(fields[link]) {
				delete(fields, link)
			}
		}
	}, nil
}

// draftsOf reads what is to be imported to its end, without what was only shown: no lock is held meanwhile.
func draftsOf(given iter.Seq2[panel.Document, error], without func(data.Fields)) ([]data.Draft, error) {
	var drafts []data.Draft
	for document, err := range given {
		if err != nil {
			return nil, err
		}
		draft, err := importOf(document, without)
		if err != nil {
			return nil, &panel.DocumentError{Index: len(drafts), Err: fmt.Errorf("%w: %w", panel.ErrContent, err)}
		}
		drafts = append(drafts, draft)
	}
	return drafts, nil
}

// ownedFields are set by latchkey. An id that is given counts, dates do not.
var ownedFields = []string{"id", "date_created", "date_modified"}

func importOf(document panel.Document, without func(data.Fields)) (data.Draft, error) {
	fields, err := data.ParseFields(document.Fields)
	if err != nil {
		return data.Draft{}, err
	}
	id := document.ID
	if given, found := fields["id"]; found {
		if id, err = strconv.ParseInt(string(given), 10, 64); err != nil || id < 1 {
			return data.Draft{}, fmt.Errorf("the id %.40s is no whole number from 1 on: leave it out for the next one", given)
		}
	}
	for _, name := range ownedFields {
		delete(fields, name)
	}
	without(fields)
	return data.NewDraft(id, fields)
}

// collection finds the documents of a live resource, for whoever may make the requests that are named by endpoint and
// method.
func (p documents) collection(ctx context.Context, of panel.Collection, takes ...perms.Request) (data.Collection, error) {
	catalogue, err := p.Database.Catalogue(ctx, db.State{})
	if err != nil {
		return data.Collection{}, err
	}
	resource, found := catalogue.Resource(of.Resource)
	if !found {
		return data.Collection{}, fmt.Errorf("%w: %s", model.ErrNoResource, of.Resource)
	}
	for _, request := range takes {
		if err := p.mayRequest(ctx, resource, request); err != nil {
			return data.Collection{}, err
		}
	}
	switch {
	case resource.Backend != perms.Documents || !slices.ContainsFunc(resource.Requests, ofCollection):
		return data.Collection{}, fmt.Errorf("%w: %s", panel.ErrNoDocuments, resource.Name)
	case resource.Parent == "" && of.Parent != 0:
		return data.Collection{}, fmt.Errorf("%w: %s is under no other resource", panel.ErrParent, resource.Name)
	case resource.Parent != "" && of.Parent < 1:
		return data.Collection{}, fmt.Errorf("%w: %s is under %s: it takes the id of one of these", panel.ErrParent, resource.Name, resource.Parent)
	}
	return data.Collection{Resource: resource.Name, ParentResource: resource.Parent, Parent: of.Parent}, nil
}

func ofCollection(request perms.Request) bool {
	return request.Endpoint == perms.Collection || request.Endpoint == perms.Item
}

// mayRequest refuses an operator who acts as a user that may not make a request of this endpoint and method. What nobody
// may, only those do who may do everything.
func (p documents) mayRequest(ctx context.Context, resource perms.Resource, kind perms.Request) error {
	for _, request := range resource.Requests {
		if request.Endpoint != kind.Endpoint || request.Method != kind.Method {
			continue
		}
		if request.AnyUser {
			return nil
		}
		return p.Database.Require(ctx, p.Operator, request.Permission)
	}
	return p.Database.RequireEverything(ctx, p.Operator)
}
