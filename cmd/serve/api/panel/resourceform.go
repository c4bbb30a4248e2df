package panel

import (
	"bytes"
	"encoding/json"
	"time"

	"latchkey/cmd/panel"
	"latchkey/perms"
)

// upstreamFields are the fields of the service behind a resource in a body; nil: not changed.
type upstreamFields struct {
	URL            *string  `json:"url"`
	StripPrefix    *string  `json:"strip_prefix"`
	HostHeader     *string  `json:"host_header"`
	TimeoutSeconds *float64 `json:"timeout_seconds"`
	MaxBody        *int64   `json:"max_body"`
}

// requestFields are the fields of a request type, as it is shown. Its path is ignored, since it follows from the resource.
type requestFields struct {
	Method     string         `json:"method"`
	Endpoint   perms.Endpoint `json:"endpoint"`
	Path       string         `json:"path"`
	Permission *string        `json:"permission"`
	AnyUser    bool           `json:"any_user"`
	Anyone     bool           `json:"anyone"`
}

// readResource takes the fields of a resource from a body. A list replaces the whole list that was there.
func readResource(body *form) panel.ResourceFields {
	fields := panel.ResourceFields{Title: body.text("title"), Host: body.text("host"), Path: body.text("path"), Parent: body.text("parent"),
		Backend: (*perms.Backend)(body.text("backend")), Aliases: body.texts("aliases"), PassFields: body.texts("pass_fields"),
		AllowOrigins: body.texts("allow_origins"), AllowCredentials: body.truth("allow_credentials"), PassCORS: body.truth("pass_cors")}
	body.take("upstream", "an object with url, strip_prefix, host_header, timeout_seconds and max_body", func(value []byte) error {
		var upstream upstreamFields
		err := strictly(value, &upstream)
		fields.Upstream = panel.UpstreamFields{URL: upstream.URL, StripPrefix: upstream.StripPrefix, HostHeader: upstream.HostHeader, MaxBody: upstream.MaxBody}
		if upstream.TimeoutSeconds != nil {
			fields.Upstream.Timeout = new(time.Duration(*upstream.TimeoutSeconds * float64(time.Second)))
		}
		return err
	})
	body.take("requests", "a list of objects with method, endpoint, permission, any_user and anyone", func(value []byte) error {
		var list []requestFields
		err := strictly(value, &list)
		for _, one := range list {
			request := perms.Request{Method: one.Method, Endpoint: one.Endpoint, AnyUser: one.AnyUser || one.Anyone, Anyone: one.Anyone}
			if one.Permission != nil && err == nil {
				request.Permission, err = perms.ParsePermission(*one.Permission)
			}
			fields.Requests = append(fields.Requests, request)
		}
		return err
	})
	return fields
}

// strictly decodes JSON. An unknown field is an error.
func strictly(value []byte, to any) error {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.DisallowUnknownFields()
	return decoder.Decode(to)
}
