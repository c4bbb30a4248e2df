package perms

import (
	"strings"
	"time"

	"latchkey/perms/verifiedtime"
)

// OnlyTakesAway reports whether a change gives nothing to anybody, whatever time it is: it may be saved while the time is
// not known (T5). It does if a user or role is removed, or a resource in whose place nothing else can be found, or if rules,
// roles and API access end and the object may do nothing afterwards, at any moment, that it could not do before.
func (c Change) OnlyTakesAway() bool {
	switch {
	case c.Added:
		return false
	case c.Removed:
		return c.Kind == kindUser || c.Kind == kindRole || !c.Service && !c.OfHost
	case c.Kind == kindResource:
		return false
	}
	for _, field := range c.Fields {
		ofRules := strings.HasPrefix(field, "rule ") || strings.HasPrefix(field, "role ")
		if !ofRules && !(field == fieldAccess && c.AccessEnds) && !(field == fieldSuspended && c.Suspends) {
			return false
		}
	}
	return !c.gives()
}

// gives reports whether the object gets anything, now or later.
func (c Change) gives() bool {
	always := verifiedtime.Known(time.Time{}) //nolint:forbidigo // before every end
	rules := compared{reach{}, reachOf(c.Before, always), reachOf(c.After, always)}
	for point := range rules.points(nil, always.At()) {
		_, had, has := rules.at(point)
		for _, at := range []time.Time{always.At(), had.allow, had.deny, has.allow, has.deny} {
			if has.grants(had, at) {
				return true
			}
		}
	}
	return false
}
