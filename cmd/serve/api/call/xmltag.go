package call

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// XML and JSON of one document are two representations, which must not have one strong entity tag (RFC 9110, section
// 8.8.3). Handlers make and compare the tags of JSON; here XML gets its own.

// xmlTag ends the entity tags of XML.
const xmlTag = `;xml"`

var entityTags = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\*|(W/)?"[^"]*"`) })

// tagXML makes the entity tag of an answer, if it has one, that of its XML.
func (a Answer) tagXML() Answer {
	tag, tagged := a.Header["ETag"]
	if tagged {
		a.Header = maps.Clone(a.Header)
		a.Header["ETag"] = strings.TrimSuffix(tag, `"`) + xmlTag
	}
	return a
}

// withoutXMLTags gives handlers the tags that they know. A change is made to the document, so that If-Match may name
// either representation; "not modified" is said of the wanted one alone, so that If-None-Match keeps only its tags.
func WithoutXMLTags(request *http.Request, wanted Format) *http.Request {
	match, noneMatch := request.Header["If-Match"], request.Header["If-None-Match"]
	if len(match)+len(noneMatch) == 0 {
		return request
	}
	header := maps.Clone(request.Header)
	if len(match) > 0 {
		header["If-Match"] = []string{strings.ReplaceAll(strings.Join(match, ", "), xmlTag, `"`)}
	}
	if len(noneMatch) > 0 {
		header["If-None-Match"] = []string{tagsOf(strings.Join(noneMatch, ", "), wanted)}
	}
	changed := request.WithContext(request.Context()) // a copy, as the request is not ours to change
	changed.Header = header
	return changed
}

// tagsOf are the tags that are of a format, as handlers know them. Without any, it is one that nothing has: the field
// counts for being there, too.
func tagsOf(field string, wanted Format) string {
	var kept []string
	for _, tag := range entityTags().FindAllString(field, -1) {
		isXML := strings.HasSuffix(tag, xmlTag)
		if tag == "*" || isXML == (wanted == FormatXML) {
			kept = append(kept, strings.Replace(tag, xmlTag, `"`, 1))
		}
	}
	if len(kept) == 0 {
		return `""`
	}
	return strings.Join(kept, ", ")
}
