package data_test

import (
	"testing"
	"time"

	"latchkey/db/data"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	at := func(hour, minute, second, milli int) time.Time {
		return time.Date(2026, 3, 1, hour, minute, second, milli*1e6, time.UTC)
	}
	for text, want := range map[string]time.Time{
		"Sun, 01 Mar 2026 12:00:00 +0000": at(12, 0, 0, 0),
		"Sun, 1 Mar 2026 12:00:07 GMT":    at(12, 0, 7, 0),
		"Sun, 1 Mar 2026 14:00 +0200":     at(12, 0, 0, 0),
		"1 Mar 2026 12:00:00 UT":          at(12, 0, 0, 0),
		"1 Mar 2026 07:30 -0430":          at(12, 0, 0, 0),
		"2026-03-01":                      at(0, 0, 0, 0),
		"2026-03-01T12:30":                at(12, 30, 0, 0),
		"2026-03-01T12:30:09":             at(12, 30, 9, 0),
		"2026-03-01 12:30:09":             at(12, 30, 9, 0),
		"2026-03-01T12:30:09Z":            at(12, 30, 9, 0),
		"2026-03-01T12:30:09.250Z":        at(12, 30, 9, 250),
		"2026-03-01T13:30:09+01:00":       at(12, 30, 9, 0),
		"2026-03-01T13:30:09+0100":        at(12, 30, 9, 0),
		"2026-03-01T13:30:09+01":          at(12, 30, 9, 0),
		"20260301T123009Z":                at(12, 30, 9, 0),
		"20260301T123009":                 at(12, 30, 9, 0),
	} {
		if got, ok := data.ParseDate(text); !ok || !got.Equal(want) {
			t.Errorf("%q: got %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "today", "2026", "20260301", "2026-03", "2026-02-30", "2026-13-01", "2026-03-01T25:00:00Z", "2026-03-01T12:00:00Q",
		"Sun, 01 Mar 2026 12:00:00 EST", "Sun, 01 Mar 2026", "Sun, 31 Feb 2026 12:00:00 GMT", "01 Mar 26 12:00:00 +0000", "1772366400",
		" 2026-03-01", "2026-03-01 ", "2026-03-01T", "2026-03-01T12:00:00Z and more text behind it than there could be",
	} {
		if got, ok := data.ParseDate(text); ok {
			t.Errorf("%q: got %v, want no date", text, got)
		}
	}
}
