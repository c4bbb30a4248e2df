package ui

import (
	"strconv"
	"time"
)

// exact is the form of a time that other programs and our own flags read back.
func exact(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// relative is the form for a table on a terminal: near times by their distance, past ones cut to whole units and
// coming ones rounded, far ones by their date (UTC). Without a now it is exact.
func relative(t, now time.Time) string {
	if now.IsZero() {
		return exact(t)
	}
	distance := t.Sub(now)
	length := distance.Abs()
	if length >= 60*24*time.Hour {
		return t.UTC().Format(time.DateOnly)
	}
	if length < time.Second {
		return "now"
	}
	if distance > 0 {
		return "in " + span(rounded(length))
	}
	return span(length) + " ago"
}

// rounded is a length to the nearest of the units in which [span] says it: what ends in a day less a second is said to end in
// a day.
func rounded(length time.Duration) time.Duration {
	for _, unit := range []time.Duration{time.Second, time.Minute, time.Hour} {
		if round := length.Round(unit); round < 60*unit || unit == time.Hour && round < 48*unit {
			return round
		}
	}
	return length.Round(24 * time.Hour)
}

// span is a length of at least one second in its largest unit. Two days are the first to be called days.
func span(length time.Duration) string {
	switch {
	case length < time.Minute:
		return count(length, time.Second) + "s"
	case length < time.Hour:
		return count(length, time.Minute) + "m"
	case length < 48*time.Hour:
		return count(length, time.Hour) + "h"
	default:
		return count(length, 24*time.Hour) + " days"
	}
}

func count(length, unit time.Duration) string {
	return strconv.FormatInt(int64(length/unit), 10)
}

// both is the form for a single record on a terminal: the exact time, and how far away it is where that is near.
func both(t, now time.Time) string {
	text, near := exact(t), relative(t, now)
	if near == text || near == t.UTC().Format(time.DateOnly) {
		return text
	}
	return text + " (" + near + ")"
}
