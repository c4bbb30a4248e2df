package api

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// negotiate refuses with 406 what asks for a type that we cannot serve; JSON is the only one yet.
//
// The order of this API family: Accept types of full weight, then the extension, then weaker Accept types, then the
// default. Values that are no media type (clients send a bare "json") count for nothing; "*/*" chooses nothing but
// lets us serve what we have. An extension is a choice that "*/*", which many clients always send, does not take back.
func negotiate(accept []string, extension string) error {
	ranges, anything := mediaRanges(accept)
	for _, one := range ranges {
		if one.weight == 1 && one.isJSON() {
			return nil
		}
	}
	switch extension {
	case "json":
		return nil
	case "xml":
		return notAcceptable()
	}
	for _, one := range ranges {
		if one.isJSON() {
			return nil
		}
	}
	if len(ranges) > 0 && !anything {
		return notAcceptable()
	}
	return nil
}

func notAcceptable() error {
	return &refusal{
		status:  http.StatusNotAcceptable,
		message: "only JSON is served yet: ask for application/json, or leave out Accept and .xml",
	}
}

// mediaRange is one acceptable type, such as application/json or application/*.
type mediaRange struct {
	name   string
	weight float64 // above 0, at most 1
}

func (m mediaRange) isJSON() bool { return m.name == "application/*" || isJSONType(m.name) }

// isJSONType knows the names under which JSON goes.
func isJSONType(name string) bool {
	return name == "application/json" || name == "text/json" || strings.HasSuffix(name, "+json")
}

// mediaRanges reads the Accept fields. anything is whether "*/*" is among them.
func mediaRanges(accept []string) (ranges []mediaRange, anything bool) {
	for _, field := range accept {
		for value := range strings.SplitSeq(field, ",") {
			name, parameters, err := mime.ParseMediaType(value)
			weight := weightOf(parameters)
			switch {
			case err != nil || weight == 0 || !strings.Contains(name, "/"):
			case name == "*/*":
				anything = true
			default:
				ranges = append(ranges, mediaRange{name: name, weight: weight})
			}
		}
	}
	return ranges, anything
}

// weightOf reads the q parameter (RFC 9110, section 12.4.2); one that makes no sense is no wish.
func weightOf(parameters map[string]string) float64 {
	text, given := parameters["q"]
	if !given {
		return 1
	}
	weight, err := strconv.ParseFloat(text, 64)
	if err != nil || !(weight >= 0 && weight <= 1) {
		return 0
	}
	return weight
}
