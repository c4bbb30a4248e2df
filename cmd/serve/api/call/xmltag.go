package call

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// The JSON and the XML of a document are two representations, and must not share a strong entity tag (RFC 9110, section
// 8.8.3). Handlers know only the tags of JSON; those of XML are made here.

// xmlTag is the end of an entity tag of XML.
const xmlTag = `;xml"`

var entityTags = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\*|(W/)?"[^"]*"`) })

// tagXML changes the entity tag of a response, if it has one, to that of its XML.
func (r Response) tagXML() Response {
	tag, tagged := r.Header["ETag"]
	if tagged {
		r.Header = maps.Clone(r.Header)
		r.Header["ETag"] = strings.TrimSuffix(tag, `"`) + xmlTag
	}
	return r
}

// WithoutXMLTags converts entity tags of XML in a request to those of JSON, which handlers know. If-Match is about the
// document, and may name a tag of either representation. If-None-Match is about one representation, and keeps the tags of
// the given format alone.
func WithoutXMLTags(request *http.Request, format Format) *http.Request {
	match, noneMatch := request.Header["If-Match"], request.Header["If-None-Match"]
	if len(match)+len(noneMatch) == 0 {
		return request
	}
	header := maps.Clone(request.Header)
	if len(match) > 0 {
		header["If-Match"] = []string{strings.ReplaceAll(strings.Join(match, ", "), xmlTag, `"`)}
	}
	if len(noneMatch) > 0 {
		header["If-None-Match"] = []string{tagsOf(strings.Join(noneMatch, ", "), format)}
	}
	changed := request.WithContext(request.Context()) // a copy: the request is not ours to change
	changed.Header = header
	return changed
}

// tagsOf returns the tags of a format, as handlers know them. If there are none it returns a tag that nothing has, since
// the presence of the field matters too.
func tagsOf(field string, format Format) string {
	var kept []string
	for _, tag := range entityTags().FindAllString(field, -1) {
		isXML := strings.HasSuffix(tag, xmlTag)
		if tag == "*" || isXML == (format == FormatXML) {
			kept = append(kept, strings.Replace(tag, xmlTag, `"`, 1))
		}
	}
	if len(kept) == 0 {
		return `""`
	}
	return strings.Join(kept, ", ")
}
