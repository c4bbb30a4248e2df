package panel

import (
	"context"
	"errors"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
)

// revisions shows what was saved.
type revisions struct{ *Panel }

// logParameters are the query parameters that choose revisions.
var logParameters = []string{"name", "user", "role", "resource", "operator", "since", "until"}

// filter reads which revisions are asked for.
func (r revisions) filter(c *call.Call) (panel.LogFilter, error) {
	filter := panel.LogFilter{Operator: c.Query.Get("operator"), Resource: c.Query.Get("resource")}
	var labelErr, userErr, roleErr, sinceErr, untilErr error
	filter.Label, labelErr = nameParameter(c, "name")
	filter.User, userErr = nameParameter(c, "user")
	filter.Role, roleErr = nameParameter(c, "role")
	filter.Since, sinceErr = timeParameter(c, "since", r.Clock(), perms.DayBegins)
	filter.Until, untilErr = timeParameter(c, "until", r.Clock(), perms.DayEnds)
	return filter, errors.Join(labelErr, userErr, roleErr, sinceErr, untilErr)
}

func (r revisions) list(c *call.Call) (call.Response, error) {
	filter, err := r.filter(c)
	if err != nil {
		return call.Response{}, err
	}
	if filter.Page, err = pageOf(c); err != nil {
		return call.Response{}, err
	}
	return listResponse(read(r.Panel, c, func(ctx context.Context, own panel.Panel) (list []panel.Logged, err error) {
		for revision, err := range own.Revisions(ctx, filter) {
			if err != nil {
				return nil, err
			}
			list = append(list, revision.Logged)
		}
		return list, nil
	}))
}

func (r revisions) count(c *call.Call) (call.Response, error) {
	filter, err := r.filter(c)
	if err != nil {
		return call.Response{}, err
	}
	return countResponse(read(r.Panel, c, func(ctx context.Context, own panel.Panel) (int64, error) {
		return own.CountRevisions(ctx, filter)
	}))
}

func (r revisions) show(c *call.Call) (call.Response, error) {
	revision, err := read(r.Panel, c, func(ctx context.Context, own panel.Panel) (panel.Recorded, error) {
		return own.Revision(ctx, c.Route.ID)
	})
	if err != nil {
		return call.Response{}, err
	}
	return call.JSON(revision)
}
