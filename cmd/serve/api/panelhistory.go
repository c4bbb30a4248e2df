package api

import (
	"context"
	"errors"
	"strings"
	"time"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/perms"
)

// logParameters choose revisions.
var logParameters = []string{"user", "role", "resource", "operator", "since", "until"}

// logFilter reads which revisions are asked for.
func (c *call) logFilter(now time.Time) (filter db.LogFilter, err error) {
	filter.Operator, filter.Resource = c.query.Get("operator"), c.query.Get("resource")
	if operator := filter.Operator; operator != "" && !strings.Contains(operator, ":") {
		return filter, badParameter("operator", "is written os:"+operator+" or user:"+operator)
	}
	var userErr, roleErr, sinceErr, untilErr error
	filter.User, userErr = c.name("user")
	filter.Role, roleErr = c.name("role")
	filter.Since, sinceErr = c.moment("since", now)
	filter.Until, untilErr = c.moment("until", now)
	return filter, errors.Join(userErr, roleErr, sinceErr, untilErr)
}

// moment reads a parameter that is a moment to look back to, as [perms.ParsePast] does; zero where it is not given.
func (c *call) moment(name string, now time.Time) (time.Time, error) {
	if !c.query.Has(name) {
		return time.Time{}, nil
	}
	at, err := perms.ParsePast(c.query.Get(name), now)
	if err != nil {
		return time.Time{}, badParameter(name, "is no time: write 2026-12-31T18:00:00Z, 2026-12-31 or a span before now such as 7d")
	}
	return at, nil
}

// name reads a parameter that is the name of a user or a role; "" where it is not given.
func (c *call) name(parameter string) (string, error) {
	if !c.query.Has(parameter) {
		return "", nil
	}
	name, err := db.CanonicalName(c.query.Get(parameter))
	return name, panelError(err)
}

func (s *server) listRevisions(c *call) (answer, error) {
	filter, err := c.logFilter(s.Clock())
	if err != nil {
		return answer{}, err
	}
	page, limit, err := readPage(c.query)
	if err != nil {
		return answer{}, err
	}
	filter.Skip, filter.Limit = skipped(page, limit), int(limit)
	var list []wire.Logged
	err = s.look(c, func(ctx context.Context, users *db.DB) error {
		return users.Log(ctx, filter, func(revision db.Revision) error {
			list = append(list, wire.LoggedOf(revision))
			return nil
		})
	})
	return listAnswer(list, err)
}

func (s *server) countRevisions(c *call) (answer, error) {
	filter, err := c.logFilter(s.Clock())
	if err != nil {
		return answer{}, err
	}
	var count int64
	err = s.look(c, func(ctx context.Context, users *db.DB) error {
		count, err = users.CountLog(ctx, filter)
		return err
	})
	return countAnswer(count, err)
}

func (s *server) showRevision(c *call) (answer, error) {
	var revision db.Revision
	err := s.look(c, func(ctx context.Context, users *db.DB) (err error) {
		revision, err = users.Revision(ctx, c.route.ID)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(wire.RecordedOf(revision))
}
