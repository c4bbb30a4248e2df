package panel

import (
	"time"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
	"latchkey/perms/username"
)

// draftOf is the name of the caller's draft that the request names: the same one as at the command line.
func draftOf(c *call.Call) string { return c.Query.Get("draft") }

// boolParameter reads a parameter that is true or false; false: it is not there.
func boolParameter(c *call.Call, name string) (bool, error) {
	switch c.Query.Get(name) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "":
		if !c.Query.Has(name) {
			return false, nil
		}
	}
	return false, call.BadParameter(name, "is neither true nor false")
}

// nameParameter reads a parameter with the name of a user or a role; "": it is not there.
func nameParameter(c *call.Call, parameter string) (string, error) {
	name := c.Query.Get(parameter)
	if name == "" && c.Query.Has(parameter) {
		return "", call.BadParameter(parameter, "is empty")
	}
	return name, nil
}

// timeParameter reads a parameter with a time in the past, as [perms.ParsePast] does; zero: it is not there.
func timeParameter(c *call.Call, name string, now time.Time, edge perms.Edge) (time.Time, error) {
	if !c.Query.Has(name) {
		return time.Time{}, nil
	}
	at, err := perms.ParsePast(c.Query.Get(name), now, edge)
	if err != nil {
		return time.Time{}, call.BadParameter(name, "is not a time: write 2026-12-31T18:00:00Z, 2026-12-31 or a span before now such as 7d")
	}
	return at, nil
}

// pageOf reads which part of a list is asked for.
func pageOf(c *call.Call) (panel.Page, error) {
	page, limit, err := call.ReadPage(c.Query)
	if err != nil {
		return panel.Page{}, err
	}
	return panel.Page{Skip: offsetOf(page, limit), Limit: limit}, nil
}

// offsetOf is the number of elements before a page; if it overflows, a number beyond all lists.
func offsetOf(page, limit int64) int64 {
	const beyond = 1 << 62
	if page-1 > beyond/limit {
		return beyond
	}
	return (page - 1) * limit
}

// canonical is a name that was accepted, as it is shown.
func canonical(name string) string {
	shown, err := username.Canonical(name)
	if err != nil {
		return name
	}
	return shown
}
