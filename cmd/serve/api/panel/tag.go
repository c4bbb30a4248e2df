package panel

import (
	"net/http"
	"strings"

	"latchkey/cmd/serve/api/call"
	"latchkey/db/model"
)

// entityTag is the ETag of an object with a version, for If-Match of an edit.
func entityTag(version string) string { return `"` + version + `"` }

// tagged adds the ETag of a version to a response.
func tagged(response call.Response, err error, version string) (call.Response, error) {
	if err == nil {
		response.Header = map[string]string{"ETag": entityTag(version)}
	}
	return response, err
}

// ifMatch adds the check of If-Match to a change (RFC 9110, section 13.1.1). It runs in the transaction of the edit, so that
// nothing can happen in between.
func ifMatch(header http.Header, change model.Change) model.Change {
	tags := header.Values("If-Match")
	if len(tags) == 0 {
		return change
	}
	return func(subject *model.Subject) error {
		if version := versionOf(subject); version != "" && !hasTag(tags, entityTag(version)) {
			return &call.Error{Status: http.StatusPreconditionFailed,
				Message: "it is not as you saw it: get it again, with staged=true where it is in your draft", Details: map[string]string{"etag": entityTag(version)}}
		}
		return change(subject)
	}
}

// hasTag tells whether If-Match has a tag. Our tags contain no comma, so quotes need not be parsed, and they are never weak
// (W/"...").
func hasTag(fields []string, tag string) bool {
	for _, field := range fields {
		for one := range strings.SplitSeq(field, ",") {
			if one = strings.TrimSpace(one); one == tag || one == "*" {
				return true
			}
		}
	}
	return false
}
