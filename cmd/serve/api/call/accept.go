package call

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"latchkey/perms"
)

// Format is the format of a body.
type Format int

// The formats.
const (
	FormatJSON Format = iota // the default
	FormatXML
	Formats // the number of formats
)

// NegotiateFormat chooses the format of the response. It depends on the request alone, so that errors can have it too. The
// error is a 406, which is sent as JSON.
func NegotiateFormat(request *http.Request) (Format, error) {
	extension := perms.Extension(request.URL.Path)
	if IsOpened(request) && extension != "xml" { // browsers ask for XML before anything, but for HTML
		return FormatJSON, nil
	}
	return negotiate(request.Header["Accept"], extension)
}

// IsOpened reports whether a browser opens the response for somebody to read, and not for a page or a program (Fetch Metadata).
func IsOpened(request *http.Request) bool {
	return request.Method == http.MethodGet && request.Header.Get("Sec-Fetch-Dest") == "document"
}

// negotiate chooses in the order of this API family: Accept types of weight 1, then the extension of the path, then
// Accept types of less weight, then the default. Values that are not a media type (clients send just "json") are ignored.
// "*/*", "application/*" and "*" choose no format, but allow any: the default, which is ours alone. Where types that are not
// served weigh more, as in what Java sends unasked, it is the family's: XML. It is an error if the types exclude both formats.
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
	switch {
	case len(ranges) == 0 || anything == 1:
		return FormatJSON, nil
	case anything > 0:
		return FormatXML, nil
	}
	return FormatJSON, &Error{
		Status:  http.StatusNotAcceptable,
		Message: "only JSON and XML are served: ask for application/json or application/xml, or leave out Accept",
	}
}

// mediaRange is one acceptable type.
type mediaRange struct {
	format Format
	served bool    // false: we serve nothing of this type
	weight float64 // above 0, at most 1
}

// heaviest finds the served type with the largest weight; of equal ones, the first.
func heaviest(ranges []mediaRange) (best mediaRange, found bool) {
	for _, one := range ranges {
		if one.served && one.weight > best.weight {
			best, found = one, true
		}
	}
	return best, found
}

// typeFormat finds the format of a media type. Vendors' types made of XML are XML; others, such as application/xhtml+xml,
// are not.
func typeFormat(name string) (format Format, known bool) {
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

// maxRanges limits how many acceptable types are read: nobody needs more, and they are read before authentication.
const maxRanges = 32

// mediaRanges reads the Accept fields. anything is the largest weight of a range that allows both our formats; 0: none does.
func mediaRanges(accept []string) (ranges []mediaRange, anything float64) {
	left := maxRanges
	for _, field := range accept {
		for value := range strings.SplitSeq(field, ",") {
			if left--; left < 0 {
				return ranges, anything
			}
			name, parameters, err := mime.ParseMediaType(value)
			weight := weightOf(parameters)
			switch {
			case err != nil || weight == 0:
			case name == "*/*" || name == "application/*" || name == "*":
				anything = max(anything, weight)
			case !strings.Contains(name, "/"):
			default:
				format, served := typeFormat(name)
				ranges = append(ranges, mediaRange{format: format, served: served, weight: weight})
			}
		}
	}
	return ranges, anything
}

// weightOf reads the q parameter (RFC 9110, section 12.4.2); 0 if it is malformed.
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
