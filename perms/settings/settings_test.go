package settings_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"latchkey/perms/settings"
)

func TestValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, value string
		want        string // its one form; "": refused
	}{
		{settings.Catalogue, "store", "store"},
		{settings.Catalogue, "none", "none"},
		{settings.Catalogue, "None", ""},
		{settings.Catalogue, "", ""},
		{settings.MaxGrace, "24h", "1d"},
		{settings.MaxGrace, "90m", "1h30m"},
		{settings.MaxGrace, "61s", "1m1s"},
		{settings.MaxGrace, "1w", "7d"},
		{settings.MaxGrace, "30d", "30d"},
		{settings.MaxGrace, "721h", ""},
		{settings.MaxGrace, "0", ""},
		{settings.MaxGrace, "-1h", ""},
		{settings.MaxGrace, "1ms", ""},
		{settings.MaxGrace, "1.0000001s", ""},
		{settings.MaxGrace, "9999999h", ""},
		{settings.MaxGrace, "soon", ""},
		{settings.MaxGrace, "2026-12-31", ""},
	} {
		set, err := settings.Settings{}.With(c.name, c.value)
		if got := set.Value(c.name); got != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, settings.ErrValue) {
			t.Errorf("%s %q: %q, %v; want %q", c.name, c.value, got, err, c.want)
		}
		if back, err := set.Without(c.name); err != nil || back != (settings.Settings{}) {
			t.Errorf("%s: %v left, %v", c.name, back, err)
		}
	}
	if _, err := (settings.Settings{}).With("catalog", "none"); !errors.Is(err, settings.ErrUnknown) {
		t.Errorf("got %v, want ErrUnknown", err)
	}
}

// FuzzStored: what can be set is stored and read back as it is, and nothing else is read.
func FuzzStored(f *testing.F) {
	f.Add("token.max-grace", "24h", `{"catalogue":"none"}`)
	f.Add("catalogue", "none", `{"token.max-grace":"24h"}`)
	f.Fuzz(func(t *testing.T, name, value, stored string) {
		if set, err := (settings.Settings{}).With(name, value); err == nil {
			content, err := json.Marshal(set)
			var back settings.Settings
			if err != nil || json.Unmarshal(content, &back) != nil || back != set {
				t.Errorf("%s %q: stored as %s, read as %+v, %v", name, value, content, back, err)
			}
			if again, err := set.With(name, set.Value(name)); err != nil || again != set {
				t.Errorf("%s %q: %q is another value: %+v, %v", name, value, set.Value(name), again, err)
			}
		}
		var read settings.Settings
		if json.Unmarshal([]byte(stored), &read) == nil {
			if content, err := json.Marshal(read); err != nil || string(content) != strings.Trim(stored, " \t\r\n") {
				t.Errorf("%q is read as %s", stored, content)
			}
		}
	})
}
