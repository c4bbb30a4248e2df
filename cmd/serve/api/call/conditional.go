package call

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"latchkey/db/data"
)

// stateTag is the strong entity tag of what is in a state (RFC 9110, section 8.8.3). The version alone would come a second
// time where an older data file is put back, hence the time.
func stateTag(state data.State) string {
	seconds := int64(0)
	if !state.ChangedAt.IsZero() {
		seconds = state.ChangedAt.Unix()
	}
	return `"` + strconv.FormatInt(state.Version, 10) + "-" + strconv.FormatInt(seconds, 36) + `"`
}

// withState adds the validators of a state to an answer.
func (c *Call) WithState(reply Answer, state data.State) Answer {
	header := map[string]string{"ETag": stateTag(state)}
	if !state.ChangedAt.IsZero() {
		header["Last-Modified"] = c.lastModified(state).UTC().Format(http.TimeFormat)
	}
	for name, value := range reply.Header {
		header[name] = value
	}
	reply.Header = header
	return reply
}

// lastModified is the date to ask for a state by: the first whole second at which its last change is certainly over. It is
// not sent before that second has come, by the time when the request came; what is sent in its place is good for reading
// alone.
func (c *Call) lastModified(state data.State) time.Time {
	over := state.ChangedAt.Add(time.Second)
	if over.After(c.Began) {
		return c.Began
	}
	return over
}

// unchanged tells whether a state is certainly the one that was there at a date, as who changes it has to know. Dates have
// whole seconds: what was changed within the very second may have been changed twice, and what lies ahead of our clock is no
// date that anybody got from it (RFC 9110, section 8.8.2.2). Who reads is content with the very second (section 13.1.3).
func (c *Call) unchanged(state data.State, since time.Time) bool {
	return state.ChangedAt.Before(since.Truncate(time.Second)) && !since.After(c.Began)
}

// conditions are the header fields that make a request conditional.
var conditions = []string{"If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since"}

// precondition judges a change by the header fields of its request; nil where it has none of them.
func (c *Call) Precondition() data.Precondition {
	for _, name := range conditions {
		if len(c.Request.Header[name]) > 0 {
			return func(state data.State) error {
				if failed := c.failed(state); failed != "" {
					return preconditionFailed(failed)
				}
				return nil
			}
		}
	}
	return nil
}

func preconditionFailed(field string) error {
	return &Refusal{
		Status:  http.StatusPreconditionFailed,
		Message: "it is not in the state that " + field + " asks for: get it again",
		Details: map[string]string{"precondition": field},
	}
}

// read answers for what is in a state, or says that the client has it already.
func (c *Call) Read(state data.State, make func() (Answer, error)) (Answer, error) {
	switch failed := c.failed(state); failed {
	case "":
	case "If-None-Match", "If-Modified-Since":
		return c.WithState(Answer{Status: http.StatusNotModified}, state), nil
	default:
		return Answer{}, preconditionFailed(failed)
	}
	reply, err := make()
	if err != nil {
		return Answer{}, err
	}
	return c.WithState(reply, state), nil
}

// failed names the precondition that does not hold, in the order of RFC 9110, section 13.2.2; "" if all do. A date that
// is none counts for nothing, as does one beside a tag: a tag says more.
func (c *Call) failed(state data.State) string {
	header := c.Request.Header
	if fields := header["If-Match"]; len(fields) > 0 {
		if !holdsTag(fields, state, false) {
			return "If-Match"
		}
	} else if since, given := conditionDate(header, "If-Unmodified-Since"); given && !c.unchanged(state, since) {
		return "If-Unmodified-Since"
	}
	reads := c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead
	if fields := header["If-None-Match"]; len(fields) > 0 {
		if holdsTag(fields, state, true) {
			return "If-None-Match"
		}
	} else if since, given := conditionDate(header, "If-Modified-Since"); given && reads && !state.ChangedAt.After(since) && !since.After(c.Began) {
		return "If-Modified-Since"
	}
	return ""
}

// conditionDate reads a date of a header field. Besides the forms of HTTP it takes those in which documents show their
// dates, which clients send back.
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

// holdsTag tells whether a list of entity tags has one of this state. Weak ones count only where a weak comparison is
// asked for (RFC 9110, section 8.8.3.2).
func holdsTag(fields []string, state data.State, weak bool) bool {
	list := strings.TrimSpace(strings.Join(fields, ","))
	if list == "*" {
		return true
	}
	for list != "" {
		list = strings.TrimLeft(list, ", \t")
		stem, isWeak := strings.CutPrefix(list, "W/")
		if !strings.HasPrefix(stem, `"`) {
			return false // no list of tags from here on
		}
		end := strings.IndexByte(stem[1:], '"')
		if end < 0 {
			return false
		}
		tag := stem[:end+2]
		if (weak || !isWeak) && tag == stateTag(state) {
			return true
		}
		list = stem[end+2:]
	}
	return false
}
