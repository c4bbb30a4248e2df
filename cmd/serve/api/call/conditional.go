package call

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"latchkey/db/data"
)

// stateTag is the strong entity tag of a state (RFC 9110, section 8.8.3). It holds the time too, since versions repeat after
// an older data file was restored.
func stateTag(state data.State) string {
	seconds := int64(0)
	if !state.ChangedAt.IsZero() {
		seconds = state.ChangedAt.Unix()
	}
	return `"` + strconv.FormatInt(state.Version, 10) + "-" + strconv.FormatInt(seconds, 36) + `"`
}

// WithValidators adds ETag and Last-Modified of a state to a response.
func (c *Call) WithValidators(response Response, state data.State) Response {
	header := map[string]string{"ETag": stateTag(state)}
	if !state.ChangedAt.IsZero() {
		header["Last-Modified"] = c.lastModified(state).UTC().Format(http.TimeFormat)
	}
	for name, value := range response.Header {
		header[name] = value
	}
	response.Header = header
	return response
}

// lastModified is the date of a state for Last-Modified: the first whole second that begins after its last change. Before
// that second has begun it is the time of the request, which is good for If-Modified-Since alone: see unchanged.
func (c *Call) lastModified(state data.State) time.Time {
	after := state.ChangedAt.Add(time.Second)
	if after.After(c.StartedAt) {
		return c.StartedAt
	}
	return after
}

// unchanged tells whether a state is certainly older than a date, as a client must know before it makes a change. Dates are
// whole seconds: in the second of the date itself there may have been a second change, and a date in the future is not one
// that we have sent (RFC 9110, section 8.8.2.2). For reading, the second itself is good enough (section 13.1.3).
func (c *Call) unchanged(state data.State, since time.Time) bool {
	return state.ChangedAt.Before(since.Truncate(time.Second)) && !since.After(c.StartedAt)
}

// conditions are the header fields that make a request conditional.
var conditions = []string{"If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since"}

// Precondition checks a state before a change, by the header fields of the request; nil: it has none of them.
func (c *Call) Precondition() data.Precondition {
	for _, name := range conditions {
		if len(c.Request.Header[name]) > 0 {
			return func(state data.State) error {
				if failed := c.failed(state); failed != "" {
					return PreconditionFailed(failed)
				}
				return nil
			}
		}
	}
	return nil
}

// PreconditionFailed is a 412 about a field of the request.
func PreconditionFailed(field string) error {
	return &Error{
		Status:  http.StatusPreconditionFailed,
		Message: "it is not in the state that " + field + " asks for: get it again",
		Details: map[string]string{"precondition": field},
	}
}

// Conditional responds to a conditional GET of a state: it calls make, or returns a 304 if the client has that state already.
func (c *Call) Conditional(state data.State, make func() (Response, error)) (Response, error) {
	switch failed := c.failed(state); failed {
	case "":
	case "If-None-Match", "If-Modified-Since":
		return c.WithValidators(Response{Status: http.StatusNotModified}, state), nil
	default:
		return Response{}, PreconditionFailed(failed)
	}
	response, err := make()
	if err != nil {
		return Response{}, err
	}
	return c.WithValidators(response, state), nil
}

// failed names the precondition that does not hold, in the order of RFC 9110, section 13.2.2; "": all hold. A malformed
// date is ignored, and so is a date beside a tag, which is more exact.
func (c *Call) failed(state data.State) string {
	header := c.Request.Header
	if fields := header["If-Match"]; len(fields) > 0 {
		if !HasTag(fields, stateTag(state), false) {
			return "If-Match"
		}
	} else if since, given := conditionDate(header, "If-Unmodified-Since"); given && !c.unchanged(state, since) {
		return "If-Unmodified-Since"
	}
	reads := c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead
	if fields := header["If-None-Match"]; len(fields) > 0 {
		if HasTag(fields, stateTag(state), true) {
			return "If-None-Match"
		}
	} else if since, given := conditionDate(header, "If-Modified-Since"); given && reads && !state.ChangedAt.IsZero() &&
		!state.ChangedAt.After(since) && !since.After(c.StartedAt) { // what has no date was not modified at any
		return "If-Modified-Since"
	}
	return ""
}

// conditionDate reads the date of a header field. Besides the forms of HTTP it takes the form of dates in documents, which
// clients send back.
func conditionDate(header http.Header, name string) (date time.Time, given bool) {
	values := header[name]
	if len(values) != 1 {
		return time.Time{}, false
	}
	if date, err := http.ParseTime(values[0]); err == nil {
		return date, true
	}
	return data.ParseDate(values[0])
}

// HasTag tells whether a list of entity tags has a strong one. Weak tags count only in a weak comparison (RFC 9110,
// section 8.8.3.2).
func HasTag(fields []string, wanted string, weak bool) bool {
	list := strings.TrimSpace(strings.Join(fields, ","))
	if list == "*" {
		return true
	}
	for list != "" {
		list = strings.TrimLeft(list, ", \t")
		stem, isWeak := strings.CutPrefix(list, "W/")
		if !strings.HasPrefix(stem, `"`) {
			return false // malformed from here on
		}
		end := strings.IndexByte(stem[1:], '"')
		if end < 0 {
			return false
		}
		tag := stem[:end+2]
		if (weak || !isWeak) && tag == wanted {
			return true
		}
		list = stem[end+2:]
	}
	return false
}

// tagOfProxy matches a tag that a proxy has made of ours: a weak one, or one with the name of a coding at its end.
var tagOfProxy = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(^|[ \t,])W/"|[-;:](gzip|br|zstd|deflate)"`) })

// HasTagOfProxy tells whether If-Match has a tag as proxies make it that compress responses. It cannot be that of any state.
func HasTagOfProxy(header http.Header) bool {
	return slices.ContainsFunc(header["If-Match"], tagOfProxy().MatchString)
}
