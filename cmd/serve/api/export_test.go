package api

import (
	"context"
	"net/http"
)

// TakeTurns takes all turns that a user has at one time, until end is called. The handler is one of [New].
func TakeTurns(ctx context.Context, handler http.Handler, user int64) (end func(), err error) {
	s, _ := handler.(*server)
	var ends []func()
	for range s.documents.Turns.OfOneUser {
		one, err := s.documents.Turns.Take(ctx, user)
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
