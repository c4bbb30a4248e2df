package documents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
	"latchkey/db/data"
	"latchkey/perms"
)

// count responds with how many documents the filters leave.
func (d *Documents) count(c *call.Call) (call.Response, error) {
	where, err := c.Filters()
	if err != nil {
		return call.Response{}, err
	}
	state, err := d.stateFor(c, where)
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	if countsStatuses(c) {
		return d.countOrders(c, where, state)
	}
	return c.Conditional(state, func() (call.Response, error) {
		var found panel.Count
		err := d.query(c, func(ctx context.Context) (err error) {
			found.Count, err = d.Data.Count(ctx, collection(c), where)
			return err
		})
		if err != nil {
			return call.Response{}, err
		}
		return call.JSON(found)
	})
}

// ordersCount is the count of the orders of the Stores API V2, in all and by their statuses; nil: it takes too long to count
// these.
type ordersCount struct {
	panel.Count
	Statuses []data.Fields `json:"statuses"`
}

// maxStatuses is how many statuses are looked up: a shop has about fifteen.
const maxStatuses = 250

// countsStatuses tells whether a request counts the orders of the family, where clients look for the count of each status.
func countsStatuses(c *call.Call) bool {
	return c.Route.Resource.Name == "orders" && c.Route.Resource.InFamily(c.Route.Request)
}

// statuses are the documents of order_statuses, by id, if the user of the request may see them, and their state.
func (d *Documents) statuses(c *call.Call) (found map[int64]data.Fields, state data.State, err error) {
	resource, served := c.Identity.Catalogue.Resource("order_statuses")
	at := slices.IndexFunc(resource.Requests, func(request perms.Request) bool {
		return request.Endpoint == perms.Collection && request.Method == http.MethodGet
	})
	if !served || at < 0 || resource.Backend != perms.Documents || !c.Identity.Decide(resource.Requests[at]).Allowed {
		return nil, state, nil
	}
	if request := resource.Requests[at]; !request.AnyUser { // it has to hold when the names are sent, too
		if err := c.Require(request.Permission); err != nil {
			return nil, state, err
		}
	}
	of := data.Collection{Resource: resource.Name}
	if state, err = d.Data.State(c.Request.Context(), of); err != nil {
		return nil, state, err
	}
	list, err := d.Data.List(c.Request.Context(), of, data.Query{Limit: maxStatuses})
	found = map[int64]data.Fields{}
	for _, document := range list {
		var fields data.Fields
		if err := json.Unmarshal(document.Body, &fields); err != nil {
			return nil, state, fmt.Errorf("%w: a document is not a JSON object: %w", data.ErrDamaged, err)
		}
		found[document.ID] = fields
	}
	return found, state, err
}

// countOrders responds with the count of orders that the conditions leave, in all and of each status: of those that there
// are documents of, if the user may see them, and of all others that orders have, unless these are too many for statuses.
// Without the documents only their ids are known.
func (d *Documents) countOrders(c *call.Call, where []data.Condition, state data.State) (call.Response, error) {
	statuses, of, err := d.statuses(c)
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	state.Version += of.Version // each grows, and none ever has the same again
	if of.ChangedAt.After(state.ChangedAt) {
		state.ChangedAt = of.ChangedAt
	}
	return c.Conditional(state, func() (call.Response, error) {
		var found ordersCount
		err := d.query(c, func(ctx context.Context) error {
			all, counts, err := d.Data.CountBy(ctx, collection(c), where, "status_id")
			found = ordersCount{panel.Count{Count: all}, withCounts(statuses, counts)}
			if errors.Is(err, data.ErrSlow) && len(where) == 0 { // without conditions the documents need not be read
				found.Statuses = nil
				found.Count.Count, err = d.Data.Count(ctx, collection(c), nil)
			}
			return err
		})
		if err != nil {
			return call.Response{}, err
		}
		return call.JSON(found)
	})
}

func withCounts(statuses map[int64]data.Fields, counts map[int64]int64) []data.Fields {
	all := map[int64]data.Fields{}
	if len(counts) <= maxStatuses {
		for id := range counts {
			all[id] = data.Fields{}
		}
	}
	maps.Copy(all, statuses)
	list := make([]data.Fields, 0, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		fields := all[id]
		fields["id"] = json.RawMessage(strconv.FormatInt(id, 10))
		fields["count"] = json.RawMessage(strconv.FormatInt(counts[id], 10))
		list = append(list, fields)
	}
	return list
}
