package perms

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"latchkey/perms/errorkind"
)

// ErrPast is the error of a time that was to be in the future and is not.
var ErrPast = errorkind.Invalid.New("not in the future")

// untilForms is the advice in every error of ParseUntil.
const untilForms = "write a time such as 2026-12-31T18:00:00Z, a date such as 2026-12-31 (the end of that day, in the local zone) " +
	"or a span from now such as 90m, 24h, 7d or 2w"

// lastYear is the last that RFC 3339 can write.
const lastYear = 9999

// Edge says which end of a day a date means: what lasts until a day lasts through it, what began since a day began with it.
type Edge int

// The edges of a day.
const (
	DayBegins Edge = iota
	DayEnds        // the first moment of the next day
)

// IsDate tells whether a text is a date alone, such as 2026-12-31, whose moment depends on zone and edge.
func IsDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// parseTime reads an RFC 3339 time, or a date as an edge of that day in a zone.
func parseTime(text string, zone *time.Location, edge Edge) (time.Time, bool) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, true
	}
	day, err := time.Parse(time.DateOnly, text)
	return time.Date(day.Year(), day.Month(), day.Day()+int(edge), 0, 0, 0, 0, zone), err == nil
}

// ParseUntil reads when something ends: an RFC 3339 time, a date (the end of that day in the zone of now) or a span from now
// (what [time.ParseDuration] reads, or whole days or weeks as 7d and 2w). The result is UTC in whole seconds, fractions cut
// off. [ErrMalformed] for any other text, [ErrPast] for what is not after now.
func ParseUntil(text string, now time.Time) (time.Time, error) {
	until, ok := parseMoment(text, now)
	until = until.UTC().Truncate(time.Second)
	if !ok || until.Year() > lastYear {
		return time.Time{}, fmt.Errorf("%w time %.80q: %s", ErrMalformed, text, untilForms)
	}
	if !until.After(now) {
		return time.Time{}, fmt.Errorf("time %.80q: %w: %s", text, ErrPast, untilForms)
	}
	return until, nil
}

func parseMoment(text string, now time.Time) (time.Time, bool) {
	if at, ok := parseTime(text, now.Location(), DayEnds); ok {
		return at, true
	}
	if days, ok := parseDays(text); ok {
		return now.UTC().AddDate(0, 0, days), true
	}
	span, err := time.ParseDuration(text)
	return now.Add(span), err == nil
}

// ParsePast reads a moment to look back to: an RFC 3339 time, a date (an edge of that day in the zone of now) or a span before
// now, as [ParseSpan] reads it. [ErrMalformed] for any other text.
func ParsePast(text string, now time.Time, edge Edge) (time.Time, error) {
	if at, ok := parseTime(text, now.Location(), edge); ok {
		return at, nil
	}
	before, err := ParseSpan(text)
	if err != nil || before < 0 {
		return time.Time{}, fmt.Errorf("%w time %.80q: write a time such as 2026-12-31T18:00:00Z, a date such as 2026-12-31 "+
			"(in the local zone) or a span before now such as 90m, 24h, 7d or 2w", ErrMalformed, text)
	}
	return now.Add(-before), nil
}

// ParseSpan reads a span of time: what [time.ParseDuration] reads, or whole days or weeks as 7d and 2w. [ErrMalformed] for
// any other text.
func ParseSpan(text string) (time.Duration, error) {
	if days, ok := parseDays(text); ok {
		return time.Duration(days) * 24 * time.Hour, nil
	}
	span, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%w duration %.80q: use one like 90m, 24h or 7d", ErrMalformed, text)
	}
	return span, nil
}

// parseDays reads 7d and 2w. Numbers have 16 bits, so that no sum can overflow.
func parseDays(text string) (days int, ok bool) {
	unit := 1
	digits, found := strings.CutSuffix(text, "d")
	if !found {
		unit = 7
		digits, found = strings.CutSuffix(text, "w")
	}
	number, err := strconv.ParseInt(digits, 10, 16)
	return int(number) * unit, found && err == nil
}

// FormatSpan writes a span as [ParseSpan] reads it: in whole days where it is some, else as [time.Duration] does without
// what is zero at its end. "" for 0.
func FormatSpan(span time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case span == 0:
		return ""
	case span%day == 0:
		return strconv.FormatInt(int64(span/day), 10) + "d"
	}
	text := span.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
