package app

import (
	"errors"
	"os"
	"path/filepath"
)

// DatabasePath says which database is meant, by flag, environment or default, and whether it is the default one.
func (a *App) DatabasePath() (path string, isDefault bool, err error) {
	if a.Flags.Database != "" {
		return absolute(a.Flags.Database)
	}
	if path := a.Getenv("LATCHKEY_DB"); path != "" {
		return absolute(path)
	}
	if os.Geteuid() == 0 {
		return "/var/lib/latchkey/latchkey.db", true, nil
	}
	directory := a.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(directory) { // a relative one is to be ignored (XDG base directory specification)
		home := a.Getenv("HOME")
		if home == "" {
			return "", false, WrongUse(errors.New("no database named and no home directory: use --db or LATCHKEY_DB"))
		}
		directory = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(directory, "latchkey", "latchkey.db"), true, nil
}

func absolute(path string) (string, bool, error) {
	if path == "-" {
		return "", false, ErrStream
	}
	path, err := filepath.Abs(path)
	return path, false, err
}
