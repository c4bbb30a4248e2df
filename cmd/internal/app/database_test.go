package app

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestDatabasePath(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		flag        string
		environment map[string]string
		user        string // the path for who is not root
		root        string
		isDefault   bool
	}{
		"nothing but a home": {"", map[string]string{"HOME": "/home/ann"},
			"/home/ann/.local/share/latchkey/latchkey.db", "/var/lib/latchkey/latchkey.db", true},
		"XDG_DATA_HOME": {"", map[string]string{"HOME": "/home/ann", "XDG_DATA_HOME": "/data"},
			"/data/latchkey/latchkey.db", "/var/lib/latchkey/latchkey.db", true},
		"a relative XDG_DATA_HOME": {"", map[string]string{"HOME": "/home/ann", "XDG_DATA_HOME": "data"},
			"/home/ann/.local/share/latchkey/latchkey.db", "/var/lib/latchkey/latchkey.db", true},
		"XDG_DATA_HOME without a home": {"", map[string]string{"XDG_DATA_HOME": "/data"},
			"/data/latchkey/latchkey.db", "/var/lib/latchkey/latchkey.db", true},
		"no home": {"", nil, "", "/var/lib/latchkey/latchkey.db", true},
		"LATCHKEY_DB": {"", map[string]string{"HOME": "/home/ann", "XDG_DATA_HOME": "/data", "LATCHKEY_DB": "/srv/a.db"},
			"/srv/a.db", "/srv/a.db", false},
		"an empty LATCHKEY_DB": {"", map[string]string{"HOME": "/home/ann", "XDG_DATA_HOME": "", "LATCHKEY_DB": ""},
			"/home/ann/.local/share/latchkey/latchkey.db", "/var/lib/latchkey/latchkey.db", true},
		"a relative LATCHKEY_DB": {"", map[string]string{"LATCHKEY_DB": "b/../a.db"}, filepath.Join(here, "a.db"), filepath.Join(here, "a.db"), false},
		"--db":                   {"/srv/b.db", map[string]string{"LATCHKEY_DB": "/srv/a.db"}, "/srv/b.db", "/srv/b.db", false},
		"a relative --db":        {"b.db", map[string]string{"LATCHKEY_DB": "/srv/a.db"}, filepath.Join(here, "b.db"), filepath.Join(here, "b.db"), false},
	} {
		a := &App{Getenv: func(key string) string { return test.environment[key] }}
		a.Flags.Database = test.flag
		want := test.user
		if os.Geteuid() == 0 {
			want = test.root
		}
		got, isDefault, err := a.DatabasePath()
		if want == "" {
			if !errors.Is(err, ErrWrongUse) {
				t.Errorf("%s: got %q, %v, want wrong use", name, got, err)
			}
			continue
		}
		if got != want || isDefault != test.isDefault || err != nil {
			t.Errorf("%s: got %q, default %v, %v, want %q", name, got, isDefault, err, want)
		}
	}
}
