package panel

import (
	"net/http"
	"strings"

	"latchkey/cmd/serve/api/call"
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

// wantedVersions are the versions that If-Match asks for (RFC 9110, section 13.1.1); nil: there is no such field. Our tags
// contain no comma, so quotes need not be parsed, and they are never weak (W/"..."). What is no tag of ours is "", which is
// the version of nothing.
func wantedVersions(header http.Header) (versions []string) {
	for _, field := range header.Values("If-Match") {
		for tag := range strings.SplitSeq(field, ",") {
			tag = strings.TrimSpace(tag)
			version := strings.Trim(tag, `"`)
			if tag != "*" && (tag != entityTag(version) || version == "*") {
				version = ""
			}
			versions = append(versions, version)
		}
	}
	return versions
}
