package perms_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // of this test, wherever it runs

	"latchkey/perms"
)

var untilTexts = []struct {
	text string
	want string // RFC 3339; "" for ErrMalformed, "past" for ErrPast
}{
	{"2026-12-31T18:00:00Z", "2026-12-31T18:00:00Z"},
	{"2026-12-31T18:00:00+02:00", "2026-12-31T16:00:00Z"},
	{"2026-12-31T18:00:00.999Z", "2026-12-31T18:00:00Z"},
	{"2026-11-23T12:00:01Z", "2026-11-23T12:00:01Z"},
	{"2026-12-31", "2027-01-01T07:00:00Z"}, // the end of that day, in the zone of now
	{"2028-02-29", "2028-03-01T07:00:00Z"},
	{"2026-11-23", "2026-11-24T07:00:00Z"},
	{"9999-12-30", "9999-12-31T07:00:00Z"},
	{"90m", "2026-11-23T13:30:00Z"},
	{"24h", "2026-11-24T12:00:00Z"},
	{"1h30m", "2026-11-23T13:30:00Z"},
	{"1.5h", "2026-11-23T13:30:00Z"},
	{"+7d", "2026-11-30T12:00:00Z"},
	{"1s", "2026-11-23T12:00:01Z"},
	{"7d", "2026-11-30T12:00:00Z"},
	{"2w", "2026-12-07T12:00:00Z"},
	{"32767d", "2116-08-10T12:00:00Z"},
	{"400d", "2027-12-28T12:00:00Z"},

	{"2026-11-22", "past"},
	{"2026-11-23T12:00:00Z", "past"}, // now, less half a second
	{"2020-01-01", "past"},
	{"0001-01-01T00:00:00Z", "past"},
	{"0", "past"}, {"0s", "past"}, {"0d", "past"}, {"0w", "past"}, {"-1h", "past"}, {"-7d", "past"}, {"-32768w", "past"}, {"100ms", "past"},

	{"", ""}, {"d", ""}, {"w", ""}, {"7", ""}, {"seven days", ""}, {"7 d", ""}, {"1.5d", ""},
	{"1d12h", ""}, {"7days", ""}, {"7D", ""}, {"32768d", ""}, {"2w1h", ""}, {"99999999999999999999d", ""}, {"9999999h", ""},
	{"2026-13-01", ""}, {"2027-02-29", ""}, {"31.12.2026", ""}, {"12/31/2026", ""}, {"2026-12-31 18:00", ""},
	{"2026-12-31T18:00:00", ""}, {"9999-12-31T23:59:59-01:00", ""}, {"9999-12-31", ""}, {"10000-01-01", ""}, {"tomorrow", ""},
}

var untilNow = time.Date(2026, 11, 23, 12, 0, 0, 500_000_000, time.UTC)

func TestParseUntil(t *testing.T) {
	t.Parallel()
	for _, test := range untilTexts {
		got, err := perms.ParseUntil(test.text, untilNow.In(time.FixedZone("", -7*3600)))
		switch test.want {
		case "":
			if !errors.Is(err, perms.ErrMalformed) || errors.Is(err, perms.ErrPast) || !got.IsZero() {
				t.Errorf("ParseUntil(%q): got %v, %v; want ErrMalformed", test.text, got, err)
			}
		case "past":
			if !errors.Is(err, perms.ErrPast) || errors.Is(err, perms.ErrMalformed) || !got.IsZero() {
				t.Errorf("ParseUntil(%q): got %v, %v; want ErrPast", test.text, got, err)
			}
		default:
			if err != nil || got.Format(time.RFC3339Nano) != test.want || got.Location() != time.UTC {
				t.Errorf("ParseUntil(%q): got %v, %v; want %v", test.text, got, err, test.want)
			}
		}
	}
}

func TestParseUntilRefusesNow(t *testing.T) {
	t.Parallel()
	now := untilNow.Truncate(time.Second)
	for _, text := range []string{now.Format(time.RFC3339), "0s"} {
		if got, err := perms.ParseUntil(text, now); !errors.Is(err, perms.ErrPast) {
			t.Errorf("ParseUntil(%q): got %v, %v; want ErrPast", text, got, err)
		}
	}
}

func TestParseUntilErrorsGiveExamples(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"soon", "2020-01-01"} {
		_, err := perms.ParseUntil(text, untilNow)
		for _, example := range []string{text, "2026-12-31T18:00:00Z", "2026-12-31 ", "90m", "7d"} {
			if err == nil || !strings.Contains(err.Error(), example) {
				t.Errorf("got %v, want it to name %q", err, example)
			}
		}
	}
}

func FuzzParseUntil(f *testing.F) {
	for _, test := range untilTexts {
		f.Add(test.text, uint32(untilNow.Unix()))
	}
	f.Fuzz(func(t *testing.T, text string, seconds uint32) {
		now := time.Unix(int64(seconds), 500_000_000)
		until, err := perms.ParseUntil(text, now)
		if err != nil {
			if errors.Is(err, perms.ErrMalformed) == errors.Is(err, perms.ErrPast) || !until.IsZero() {
				t.Fatalf("got %v, %v; want one of the two errors alone", until, err)
			}
			return
		}
		if !until.After(now) || until.Nanosecond() != 0 || until.Location() != time.UTC {
			t.Fatalf("got %v at %v", until, now)
		}
		if back, err := perms.ParseUntil(until.Format(time.RFC3339), now); err != nil || back != until {
			t.Fatalf("reading back %v: got %v, %v", until, back, err)
		}
	})
}

func TestParsePast(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-12-31T18:00:00+02:00": "2026-12-31T16:00:00Z", "2026-12-31": "2026-12-31T00:00:00Z",
		"90m": "2026-11-23T10:30:00Z", "7d": "2026-11-16T12:00:00Z", "0s": "2026-11-23T12:00:00Z",
		"": "", "-1h": "", "yesterday": "", "7": "", "2026-13-01": "",
	} {
		now := untilNow.Truncate(time.Second)
		got, err := perms.ParsePast(text, now, perms.DayBegins)
		if malformed := errors.Is(err, perms.ErrMalformed); malformed != (want == "") || !malformed && got.UTC().Format(time.RFC3339) != want {
			t.Errorf("ParsePast(%q): got %v, %v; want %q", text, got, err, want)
		}
	}
}

// TestDatesAreOfTheLocalZone: since a date is from its first moment on, until it is to its last, also where that day has not 24
// hours.
func TestDatesAreOfTheLocalZone(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ date, begins, ends string }{
		{"2026-12-31", "2026-12-30T23:00:00Z", "2026-12-31T23:00:00Z"},
		{"2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
	} {
		for edge, want := range map[perms.Edge]string{perms.DayBegins: test.begins, perms.DayEnds: test.ends} {
			got, err := perms.ParsePast(test.date, untilNow.In(berlin), edge)
			if err != nil || got.UTC().Format(time.RFC3339) != want {
				t.Errorf("%s, edge %d: got %v, %v; want %s", test.date, edge, got, err, want)
			}
		}
	}
	if perms.IsDate("2026-12-31T18:00:00Z") || perms.IsDate("7d") || !perms.IsDate("2026-12-31") {
		t.Error("only a date alone is a date")
	}
}
