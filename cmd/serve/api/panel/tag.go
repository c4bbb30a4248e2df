package panel

import (
	"net/http"
	"strings"

	"latchkey/cmd/serve/api/call"
	"latchkey/db/model"
)

// entityTag is the ETag of an object of some version: what an edit with If-Match takes for "as I saw it".
func entityTag(version string) string { return `"` + version + `"` }

// tagged is an answer about an object of a version.
func tagged(response call.Response, err error, version string) (call.Response, error) {
	if err == nil {
		response.Header = map[string]string{"ETag": entityTag(version)}
	}
	return response, err
}

// ifMatch makes a change that refuses an object which is not as the caller saw it (RFC 9110, section 13.1.1). It is asked
// in the transaction of the edit: nothing can come in between.
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

// hasTag tells whether a tag is among those of If-Match. Tags of ours have no comma, so that no quotes need be minded; a
// weak one (W/"...") is none of ours.
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
