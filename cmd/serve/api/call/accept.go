package call

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"latchkey/perms"
)

// format is how an answer or a body is written down.
type Format int

const (
	FormatJSON Format = iota // the default
	FormatXML
	Formats // how many there are
)

// wantedFormat chooses the type of a request's answer from the request alone, so that an error can have it too,
// whatever was decided before. Its error is a 406, which is JSON.
func WantedFormat(request *http.Request) (Format, error) {
	return negotiate(request.Header["Accept"], perms.Extension(request.URL.Path))
}

// negotiate chooses by the order of this API family: Accept types of full weight, then the extension, then weaker
// Accept types, then the default. Values that are no media type (clients send a bare "json") count for nothing; "*/*"
// and "application/*" choose nothing but let us serve what we have. Only a wish that leaves nothing else is refused.
func negotiate(accept []string, extension string) (Format, error) {
	if len(accept) == 0 && extension == "" {
		return FormatJSON, nil
	}
	ranges, anything := mediaRanges(accept)
	if best, found := heaviest(ranges); found && best.weight == 1 {
		return best.format, nil
	}
	switch extension {
	case "json":
		return FormatJSON, nil
	case "xml":
		return FormatXML, nil
	}
	if best, found := heaviest(ranges); found {
		return best.format, nil
	}
	if len(ranges) > 0 && !anything {
		return FormatJSON, &Refusal{
			Status:  http.StatusNotAcceptable,
			Message: "only JSON and XML are served: ask for application/json or application/xml, or leave out Accept",
		}
	}
	return FormatJSON, nil
}

// mediaRange is one acceptable type.
type mediaRange struct {
	format Format
	served bool    // else nothing of this type is served
	weight float64 // above 0, at most 1
}

// heaviest finds the acceptable type that is served and wanted most; of equal ones, the first.
func heaviest(ranges []mediaRange) (best mediaRange, found bool) {
	for _, one := range ranges {
		if one.served && one.weight > best.weight {
			best, found = one, true
		}
	}
	return best, found
}

// typeFormat knows the names under which JSON and XML go. Another type that is made of XML, such as
// application/xhtml+xml, is none of ours; a vendor's own is.
func typeFormat(name string) (named Format, known bool) {
	switch {
	case name == "application/json" || name == "text/json" || strings.HasSuffix(name, "+json"):
		return FormatJSON, true
	case name == "application/xml" || name == "text/xml":
		return FormatXML, true
	case strings.HasPrefix(name, "application/vnd.") && strings.HasSuffix(name, "+xml"):
		return FormatXML, true
	}
	return FormatJSON, false
}

// maxRanges is how many acceptable types are looked at: nobody means more, and a stranger's header must not cost much.
const maxRanges = 32

// mediaRanges reads the Accept fields. anything is whether a range is among them that both our types are in.
func mediaRanges(accept []string) (ranges []mediaRange, anything bool) {
	left := maxRanges
	for _, field := range accept {
		for value := range strings.SplitSeq(field, ",") {
			if left--; left < 0 {
				return ranges, anything
			}
			name, parameters, err := mime.ParseMediaType(value)
			weight := weightOf(parameters)
			switch {
			case err != nil || weight == 0 || !strings.Contains(name, "/"):
			case name == "*/*" || name == "application/*":
				anything = true
			default:
				named, served := typeFormat(name)
				ranges = append(ranges, mediaRange{format: named, served: served, weight: weight})
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
