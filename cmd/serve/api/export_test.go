package api

import (
	"context"
	"net/http"
)

// TakeQueries takes all places for queries of a user, until release is called. The handler is one of [New].
func TakeQueries(ctx context.Context, handler http.Handler, user int64) (release func(), err error) {
	s, _ := handler.(*server)
	var ends []func()
	for range s.documents.Queries.PerUser {
		one, err := s.documents.Queries.Acquire(ctx, user)
		if err != nil {
			return nil, err
		}
		ends = append(ends, one)
	}
	return func() {
		for _, one := range ends {
			one()
		}
	}, nil
}
