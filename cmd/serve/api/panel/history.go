package panel

import (
	"context"
	"errors"
	"strings"
	"time"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/history"
	"latchkey/perms"
	"latchkey/perms/username"
)

// revisions shows what was saved.
type revisions struct{ *Panel }

// logParameters are the query parameters that choose revisions.
var logParameters = []string{"user", "role", "resource", "operator", "since", "until"}

// logFilter reads the filter for revisions.
func logFilter(c *call.Call, now time.Time) (filter history.Filter, err error) {
	filter.Operator, filter.Resource = c.Query.Get("operator"), c.Query.Get("resource")
	if operator := filter.Operator; operator != "" && !strings.Contains(operator, ":") {
		return filter, call.BadParameter("operator", "is written os:"+operator+" or user:"+operator)
	}
	var userErr, roleErr, sinceErr, untilErr error
	filter.User, userErr = nameParameter(c, "user")
	filter.Role, roleErr = nameParameter(c, "role")
	filter.Since, sinceErr = timeParameter(c, "since", now)
	filter.Until, untilErr = timeParameter(c, "until", now)
	return filter, errors.Join(userErr, roleErr, sinceErr, untilErr)
}

// timeParameter reads a parameter with a time in the past, as [perms.ParsePast] does; zero: it is not there.
func timeParameter(c *call.Call, name string, now time.Time) (time.Time, error) {
	if !c.Query.Has(name) {
		return time.Time{}, nil
	}
	at, err := perms.ParsePast(c.Query.Get(name), now)
	if err != nil {
		return time.Time{}, call.BadParameter(name, "is not a time: write 2026-12-31T18:00:00Z, 2026-12-31 or a span before now such as 7d")
	}
	return at, nil
}

// nameParameter reads a parameter with the name of a user or a role; "": it is not there.
func nameParameter(c *call.Call, parameter string) (string, error) {
	if !c.Query.Has(parameter) {
		return "", nil
	}
	name, err := username.Canonical(c.Query.Get(parameter))
	return name, failed(err)
}

func (r revisions) list(c *call.Call) (call.Response, error) {
	filter, err := logFilter(c, r.Clock())
	if err != nil {
		return call.Response{}, err
	}
	page, limit, err := call.ReadPage(c.Query)
	if err != nil {
		return call.Response{}, err
	}
	filter.Skip, filter.Limit = offsetOf(page, limit), int(limit)
	var list []wire.Logged
	err = r.read(c, func(ctx context.Context, users *db.DB) error {
		return users.History().Log(ctx, filter, func(revision history.Revision) error {
			list = append(list, wire.LoggedOf(revision))
			return nil
		})
	})
	return listResponse(list, err)
}

func (r revisions) count(c *call.Call) (call.Response, error) {
	filter, err := logFilter(c, r.Clock())
	if err != nil {
		return call.Response{}, err
	}
	var count int64
	err = r.read(c, func(ctx context.Context, users *db.DB) error {
		count, err = users.History().Count(ctx, filter)
		return err
	})
	return countResponse(count, err)
}

func (r revisions) show(c *call.Call) (call.Response, error) {
	var revision history.Revision
	err := r.read(c, func(ctx context.Context, users *db.DB) (err error) {
		revision, err = users.History().Revision(ctx, c.Route.ID)
		return err
	})
	if err != nil {
		return call.Response{}, err
	}
	return call.JSON(wire.RecordedOf(revision))
}
