package panel

import (
	"bytes"
	"encoding/json"
	"time"

	"latchkey/db/edits"
	"latchkey/perms"
)

// resourceFields are the fields of a resource in a body; nil: not changed.
type resourceFields struct {
	title, host, path, parent, backend *string
	aliases, passFields                []string
	requests                           []perms.Request
	upstream                           *upstreamFields
}

type upstreamFields struct {
	URL            *string  `json:"url"`
	StripPrefix    *string  `json:"strip_prefix"`
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
}

// readResource takes the fields of a resource from a body. A list replaces the whole list that was there.
func readResource(body *form) resourceFields {
	fields := resourceFields{title: body.text("title"), host: body.text("host"), path: body.text("path"), parent: body.text("parent"),
		backend: body.text("backend"), aliases: body.texts("aliases")}
	fields.passFields = body.texts("pass_fields")
	body.take("upstream", "an object with url, strip_prefix, timeout_seconds and max_body", func(value []byte) error {
		return strictly(value, &fields.upstream)
	})
	if fields.backend == nil && fields.upstream != nil && orEmpty(fields.upstream.URL) != "" {
		fields.backend = new(string(perms.Proxied)) // the URL implies it
	}
	body.take("requests", "a list of objects with method, endpoint, permission and any_user", func(value []byte) error {
		var list []requestFields
		err := strictly(value, &list)
		for _, one := range list {
			request := perms.Request{Method: one.Method, Endpoint: one.Endpoint, AnyUser: one.AnyUser}
			if one.Permission != nil && err == nil {
				request.Permission, err = perms.ParsePermission(*one.Permission)
			}
			fields.requests = append(fields.requests, request)
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

// shape is the change that the fields make to a resource; nil: there are no fields.
func (f resourceFields) shape() edits.Shape {
	if f.title == nil && f.host == nil && f.path == nil && f.parent == nil && f.backend == nil && f.aliases == nil &&
		f.requests == nil && f.upstream == nil && f.passFields == nil {
		return nil
	}
	return func(resource *perms.Resource) error {
		if f.backend != nil { // first, since it sets request types
			if err := edits.UseBackend(resource, perms.Backend(*f.backend)); err != nil {
				return err
			}
		}
		for _, text := range []struct{ to, from *string }{{&resource.Title, f.title}, {&resource.Host, f.host},
			{&resource.Path, f.path}, {&resource.Parent, f.parent}} {
			if text.from != nil {
				*text.to = *text.from
			}
		}
		if f.aliases != nil {
			resource.Aliases = f.aliases
		}
		if f.requests != nil {
			resource.Requests = f.requests
		}
		if f.passFields != nil {
			resource.SetPassFields(f.passFields)
		}
		f.upstream.onto(&resource.Upstream)
		return nil
	}
}

// onto sets the fields that are there.
func (f *upstreamFields) onto(upstream *perms.Upstream) {
	if f == nil {
		return
	}
	if f.URL != nil {
		upstream.URL = *f.URL
	}
	if f.StripPrefix != nil {
		upstream.StripPrefix = *f.StripPrefix
	}
	if f.TimeoutSeconds != nil {
		upstream.Timeout = time.Duration(*f.TimeoutSeconds * float64(time.Second))
	}
	if f.MaxBody != nil {
		upstream.MaxBody = *f.MaxBody
	}
}
