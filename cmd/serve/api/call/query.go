package call

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"latchkey/db/data"
)

const (
	defaultLimit = 50
	maxLimit     = 250
	maxFilters   = 10
	maxSortKeys  = 8
)

// ListParameters choose a page of a list. They are not filters: they cannot choose what to count or delete.
var ListParameters = []string{"page", "limit", "sort"}

// ReadQuery reads query parameters, each at most once: those with known names and, if filters is true, all others as
// filters. An unknown one is an error: an ignored filter on DELETE of a collection would delete everything.
func ReadQuery(text string, known []string, filters bool) (url.Values, error) {
	if text == "" {
		return nil, nil
	}
	query, err := url.ParseQuery(text)
	if err != nil {
		return nil, &Error{Status: http.StatusBadRequest, Message: "the query string is malformed"}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		isFilter := filters && !slices.Contains(ListParameters, name)
		switch {
		case !utf8.ValidString(name) || !utf8.ValidString(query.Get(name)):
			return nil, &Error{Status: http.StatusBadRequest, Message: "the query string is not valid UTF-8"}
		case !slices.Contains(known, name) && !isFilter:
			return nil, BadParameter(name, notKnown(known))
		case len(query[name]) != 1:
			return nil, BadParameter(name, "is given more than once")
		}
	}
	return query, nil
}

// notKnown is the problem of an unknown parameter.
func notKnown(known []string) string {
	if len(known) == 0 {
		return "is not known here: there are none"
	}
	return "is not known here: use one of " + strings.Join(known, ", ")
}

// BadParameter is a 400 about a query parameter. The problem is a predicate: "is required".
func BadParameter(name, problem string) *Error {
	return &Error{
		Status:  http.StatusBadRequest,
		Message: fmt.Sprintf("the query parameter '%s' %s", name, problem),
		Details: map[string]string{"parameter": name},
	}
}

// ListQuery reads the query parameters of a list: page, limit, sort and filters.
func (c *Call) ListQuery() (data.Query, error) {
	page, limit, err := ReadPage(c.Query)
	if err != nil {
		return data.Query{}, err
	}
	sort, err := readSort(c.Query)
	if err != nil {
		return data.Query{}, err
	}
	where, err := c.Filters()
	return data.Query{Where: where, Sort: sort, Page: page, Limit: limit}, err
}

// Filters reads the filters among the query parameters. min_ or max_ before the name of a field compares it with a bound;
// any other name is that of a field that must be equal.
func (c *Call) Filters() ([]data.Condition, error) {
	var where []data.Condition
	for _, name := range slices.Sorted(maps.Keys(c.Query)) {
		if slices.Contains(ListParameters, name) {
			continue
		}
		condition := data.Condition{Field: name, Value: c.Query.Get(name)}
		for _, operator := range []data.Operator{data.AtLeast, data.AtMost} {
			if field, found := strings.CutPrefix(name, string(operator)); found && field != "" {
				condition.Field, condition.Operator = field, operator
			}
		}
		where = append(where, condition)
	}
	if len(where) > maxFilters {
		return nil, &Error{Status: http.StatusBadRequest, Message: fmt.Sprintf("there are more than %d filters", maxFilters)}
	}
	return where, nil
}

// readSort reads "field", "field:asc" or "field:desc", or several of them, separated by commas.
func readSort(query url.Values) ([]data.Order, error) {
	if !query.Has("sort") {
		return nil, nil
	}
	var orders []data.Order
	for key := range strings.SplitSeq(query.Get("sort"), ",") {
		field, direction, given := strings.Cut(key, ":")
		order := data.Order{Field: field, Descending: direction == "desc"}
		switch {
		case field == "":
			return nil, BadParameter("sort", "names no field")
		case given && direction != "asc" && direction != "desc":
			return nil, BadParameter("sort", "has a direction that is neither asc nor desc")
		case slices.ContainsFunc(orders, func(other data.Order) bool { return other.Field == field }):
			return nil, BadParameter("sort", "names a field twice")
		case len(orders) == maxSortKeys:
			return nil, BadParameter("sort", fmt.Sprintf("names more than %d fields", maxSortKeys))
		}
		orders = append(orders, order)
	}
	return orders, nil
}

// ReadPage reads page and limit, both at least 1.
func ReadPage(query url.Values) (page, limit int64, err error) {
	if page, err = ReadNumber(query, "page", 1); err != nil {
		return 0, 0, err
	}
	if limit, err = ReadNumber(query, "limit", defaultLimit); err != nil {
		return 0, 0, err
	}
	if limit > maxLimit {
		failure := BadParameter("limit", fmt.Sprintf("is above %d", maxLimit))
		failure.Status = http.StatusRequestEntityTooLarge
		return 0, 0, failure
	}
	return page, limit, nil
}

// ReadNumber reads a number above 0, in decimal digits. A number beyond int64 counts as the largest one: no list is as long.
func ReadNumber(query url.Values, name string, preset int64) (int64, error) {
	if !query.Has(name) {
		return preset, nil
	}
	text := query.Get(name)
	number, err := strconv.ParseInt(text, 10, 64)
	digits := strings.Trim(text, "0123456789") == ""
	if !digits || (err != nil && !errors.Is(err, strconv.ErrRange)) || number == 0 {
		return 0, BadParameter(name, "is not a number above 0")
	}
	return number, nil
}
