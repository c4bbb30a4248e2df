package api

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"latchkey/perms"
)

const (
	defaultLimit = 50
	maxLimit     = 250
)

// parameters are the query parameters that a type of request knows.
func parameters(route perms.Route) []string {
	if own, built := systemRequestOf(route); built {
		return own.parameters
	}
	request := route.Request
	if request.Endpoint == perms.Collection && request.Method == http.MethodGet {
		return []string{"page", "limit"}
	}
	return nil
}

// readQuery reads query parameters of the known names alone, each once.
//
// An unknown one is refused, not ignored: on DELETE of a collection it may be a filter, and ignoring a filter would
// delete everything.
func readQuery(text string, known []string) (url.Values, error) {
	if text == "" {
		return nil, nil
	}
	query, err := url.ParseQuery(text)
	if err != nil {
		return nil, &refusal{status: http.StatusBadRequest, message: "the query string is malformed"}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(known, name) {
			return nil, badParameter(name, "is not known here")
		}
		if len(query[name]) != 1 {
			return nil, badParameter(name, "is given more than once")
		}
	}
	return query, nil
}

func badParameter(name, problem string) *refusal {
	return &refusal{
		status:  http.StatusBadRequest,
		message: fmt.Sprintf("the query parameter '%s' %s", name, problem),
		details: map[string]string{"parameter": name},
	}
}

// readPage reads page and limit, which count from 1.
func readPage(query url.Values) (page, limit int64, err error) {
	if page, err = readNumber(query, "page", 1); err != nil {
		return 0, 0, err
	}
	if limit, err = readNumber(query, "limit", defaultLimit); err != nil {
		return 0, 0, err
	}
	if limit > maxLimit {
		refused := badParameter("limit", fmt.Sprintf("is above %d", maxLimit))
		refused.status = http.StatusRequestEntityTooLarge
		return 0, 0, refused
	}
	return page, limit, nil
}

// readNumber reads a number above 0, in decimal digits alone. One too large to be held is only large: beyond every end.
func readNumber(query url.Values, name string, otherwise int64) (int64, error) {
	if !query.Has(name) {
		return otherwise, nil
	}
	text := query.Get(name)
	number, err := strconv.ParseInt(text, 10, 64)
	digits := strings.Trim(text, "0123456789") == ""
	if !digits || (err != nil && !errors.Is(err, strconv.ErrRange)) || number == 0 {
		return 0, badParameter(name, "is not a number above 0")
	}
	return number, nil
}
