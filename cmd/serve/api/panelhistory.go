package api

import (
	"context"
	"errors"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
)

// logParameters choose revisions.
var logParameters = []string{"user", "role", "resource", "operator", "since", "until"}

// logFilter reads which revisions are asked for.
func (c *call) logFilter() (filter db.LogFilter, err error) {
	filter.Operator, filter.Resource = c.query.Get("operator"), c.query.Get("resource")
	var userErr, roleErr, sinceErr, untilErr error
	filter.User, userErr = c.name("user")
	filter.Role, roleErr = c.name("role")
	filter.Since, sinceErr = c.moment("since")
	filter.Until, untilErr = c.moment("until")
	return filter, errors.Join(userErr, roleErr, sinceErr, untilErr)
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
	filter, err := c.logFilter()
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
	filter, err := c.logFilter()
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
