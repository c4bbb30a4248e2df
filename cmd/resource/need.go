package resource

import (
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel"
	"latchkey/perms"
)

// parseNeed reads METHOD=PERMISSION or METHOD ENDPOINT=PERMISSION, where the permission may be "any user", "anyone", or "-" for no
// such request.
func parseNeed(text string) (panel.RequestChange, error) {
	kind, permission, found := strings.Cut(text, "=")
	words := strings.Fields(kind)
	if !found || len(words) < 1 || len(words) > 2 {
		return panel.RequestChange{}, app.WrongUsef("--permission is written like 'GET=reports:view' or 'POST collection=reports:create', not %q", text)
	}
	parsed := panel.RequestChange{Request: perms.Request{Method: strings.ToUpper(words[0])}}
	if len(words) == 2 {
		parsed.Request.Endpoint = perms.Endpoint(strings.ToLower(words[1]))
	}
	switch permission = strings.TrimSpace(permission); permission {
	case NoneSign:
		parsed.Gone = true
	case anyUserWords:
		parsed.Request.AnyUser = true
	case anyoneWord:
		parsed.Request.AnyUser, parsed.Request.Anyone = true, true
	default:
		var err error
		if parsed.Request.Permission, err = perms.ParsePermission(permission); err != nil {
			return panel.RequestChange{}, err
		}
	}
	return parsed, nil
}
