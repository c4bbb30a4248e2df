package panel

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
)

// entityTag is the ETag of an object with a version, for If-Match of an edit.
func entityTag(version string) string { return `"` + version + `"` }

// tagged adds the ETag to a response that shows an object. It begins with the version, by which edits go. What is shown has more
// in it, such as when a token was last used, so that it ends with a digest of the whole. Preconditions of the request are
// judged: 304 for what the client has already (RFC 9110, section 13.2.2).
func tagged(c *call.Call, response call.Response, err error, version string) (call.Response, error) {
	if err != nil {
		return response, err
	}
	digest := sha256.Sum256(response.Body)
	tag := entityTag(version + afterVersion + hex.EncodeToString(digest[:digestSize]))
	if wanted := wantedVersions(c.Request.Header); len(wanted) > 0 && !slices.Contains(wanted, version) && !slices.Contains(wanted, "*") {
		return call.Response{}, Failed(&panel.VersionError{Version: version})
	}
	if call.HasTag(c.Request.Header["If-None-Match"], tag, true) {
		response = call.Response{Status: http.StatusNotModified}
	}
	response.Header = map[string]string{"ETag": tag}
	return response, nil
}

// withTag adds an ETag to what is read and shows no object with a version, such as a list: it is a digest of what is shown. The
// time has none, as it is never the same.
func withTag(c *call.Call, response call.Response) (call.Response, error) {
	if !c.Reads() || response.Status != http.StatusOK || response.Header["ETag"] != "" || c.Route.Resource.Name == "time" {
		return response, nil
	}
	digest := sha256.Sum256(response.Body)
	tag := entityTag(hex.EncodeToString(digest[:2*digestSize]))
	if fields := c.Request.Header["If-Match"]; len(fields) > 0 && !call.HasTag(fields, tag, false) {
		return call.Response{}, call.PreconditionFailed("If-Match")
	}
	if call.HasTag(c.Request.Header["If-None-Match"], tag, true) {
		response = call.Response{Status: http.StatusNotModified}
	}
	response.Header = map[string]string{"ETag": tag}
	return response, nil
}

const (
	afterVersion = "." // is between the version and the digest in a tag. No version has one
	digestSize   = 8   // bytes of a digest in a tag
)

func isDigest(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == 2*digestSize
}

// wantedVersions are the versions that If-Match asks for (RFC 9110, section 13.1.1); nil: there is no such field. Our tags
// contain no comma, so quotes need not be parsed, and they are never weak (W/"..."). What is no tag of ours is "", which is
// the version of nothing.
func wantedVersions(header http.Header) []string { return versionsOf(header.Values("If-Match")) }

// unwantedVersions are the versions that If-None-Match excludes, also by weak tags (section 13.1.2).
func unwantedVersions(header http.Header) []string {
	fields := slices.Clone(header.Values("If-None-Match"))
	for i := range fields {
		fields[i] = strings.ReplaceAll(fields[i], `W/"`, `"`)
	}
	return versionsOf(fields)
}

func versionsOf(fields []string) (versions []string) {
	for _, field := range fields {
		for tag := range strings.SplitSeq(field, ",") {
			tag = strings.TrimSpace(tag)
			version := strings.Trim(tag, `"`)
			if tag != "*" && (tag != entityTag(version) || version == "*") {
				version = ""
			}
			version, digest, found := strings.Cut(version, afterVersion)
			if found && !isDigest(digest) {
				version = ""
			}
			versions = append(versions, version)
		}
	}
	return versions
}
