package data

import (
	"database/sql/driver"
	"strings"
	"time"

	"latchkey/db/internal/sqlite"
)

// isoLayouts are the forms of ISO 8601 that name an instant, rfcLayouts those of RFC 2822, section 3.3, with its optional
// parts. time.Parse takes fractions of a second with every one of them.
var (
	isoLayouts = isoLayoutsWithZones("2006-01-02T15:04:05", "2006-01-02T15:04", "20060102T150405")
	rfcLayouts = []string{"Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04 -0700",
		"2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04 -0700"}
)

func isoLayoutsWithZones(layouts ...string) []string {
	all := []string{time.DateOnly}
	for _, layout := range layouts {
		for _, zone := range []string{"Z07:00", "Z0700", "Z07", ""} {
			all = append(all, layout+zone)
		}
	}
	return all
}

// ParseDate reads a date as clients may write it: RFC 2822 or ISO 8601. Without a zone it is UTC, without a time of day
// midnight. Zones by name are refused, except for the three names of UTC: the others mean different offsets to
// different readers.
func ParseDate(text string) (date time.Time, ok bool) {
	if len(text) < len("2006-01-02") || len(text) > len("Mon, 02 Jan 2006 15:04:05.999999999 -0700") {
		return time.Time{}, false // most texts of documents end here
	}
	layouts := rfcLayouts
	if text[4] == '-' || text[8] == 'T' {
		layouts = isoLayouts
		if len(text) > 10 && text[10] == ' ' {
			text = text[:10] + "T" + text[11:]
		}
	} else {
		for _, name := range []string{" GMT", " UTC", " UT"} {
			if stem, found := strings.CutSuffix(text, name); found {
				text = stem + " +0000"
			}
		}
	}
	for _, layout := range layouts {
		if date, err := time.Parse(layout, text); err == nil {
			return date.UTC(), true
		}
	}
	return time.Time{}, false
}

// errInstant is what came of giving queries the function "instant": of a text that is a date the milliseconds since 1970,
// of any other NULL. It happens before anything runs, since the driver's list of functions is one for the whole process and
// is read, unguarded, by every connection that opens, those of the user database included.
var errInstant = sqlite.RegisterTextFunction("instant", func(text string) driver.Value {
	date, ok := ParseDate(text)
	if !ok {
		return nil
	}
	return date.UnixMilli()
})
