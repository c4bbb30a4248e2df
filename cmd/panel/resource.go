package panel

import (
	"time"

	"latchkey/perms"
)

// Resource is a resource of the catalogue.
type Resource struct {
	Name     string        `json:"name"`
	Title    string        `json:"title"`
	Host     string        `json:"host"`
	Path     string        `json:"path"`
	Aliases  []string      `json:"aliases"`
	Parent   string        `json:"parent"`
	Backend  perms.Backend `json:"backend"`
	Upstream *Upstream     `json:"upstream"`
	Requests []RequestType `json:"requests"`
	// PassFields are the fields of clients that the service sees though they claim what only latchkey may say.
	PassFields []string `json:"pass_fields"`
	// Whose pages may use it (CORS), with the credentials that a browser keeps or without, and whether a service answers for that.
	AllowOrigins     []string `json:"allow_origins"`
	AllowCredentials bool     `json:"allow_credentials"`
	PassCORS         bool     `json:"pass_cors"`

	Origin    Origin     `json:"origin"`
	ChangedAt *time.Time `json:"changed_at"` // null: never, it is as it was built
	Revision  int64      `json:"revision"`   // the save that changed it last; 0: none
}

// Upstream is where requests are passed on to, and how. A limit of 0 is the server's own.
type Upstream struct {
	URL            string  `json:"url"`
	StripPrefix    string  `json:"strip_prefix"`
	HostHeader     string  `json:"host_header"` // keep, upstream or a host
	TimeoutSeconds float64 `json:"timeout_seconds"`
	MaxBody        int64   `json:"max_body"` // bytes
}

// RequestType is one request type of a resource and the permission that it takes; null with any_user or anyone.
type RequestType struct {
	Method     string         `json:"method"`
	Endpoint   perms.Endpoint `json:"endpoint"`
	Path       string         `json:"path"`
	Permission *string        `json:"permission"`
	AnyUser    bool           `json:"any_user"`
	Anyone     bool           `json:"anyone"` // without credentials too
}

// Origin is where a resource comes from.
type Origin string

// The origins: embedded and as it was built; embedded and laid over by the database; of the database alone; embedded and
// hidden by the database, so that it is not served.
const (
	OriginBuiltIn Origin = "built-in"
	OriginChanged Origin = "changed"
	OriginAdded   Origin = "added"
	OriginHidden  Origin = "hidden"
)
