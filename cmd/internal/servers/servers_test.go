package servers

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestRunningServersAreListed(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "[a] latchkey.db")
	if got := Running(database); len(got) != 0 {
		t.Fatalf("got %v, want none", got)
	}
	want := Server{URL: "https://127.0.0.1:8443", PID: 7, Version: "v1", StartedAt: time.Unix(1_900_000_000, 0).UTC()}
	first, err := Announce(database, want)
	if err != nil {
		t.Fatal(err)
	}
	if got := Running(database); len(got) != 1 || got[0] != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if info, err := os.Stat(first.file.Name()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v (%v), want 0600", info.Mode(), err)
	}
	second, err := Announce(database, want)
	if err != nil {
		t.Fatal(err)
	}
	if got := Running(database); len(got) != 2 {
		t.Errorf("got %v, want two", got)
	}
	_ = first.file.Close() // as if it had died
	if got := Running(database); len(got) != 1 || len(Files(database)) != 2 {
		t.Errorf("got %v, files %q, want one of two", got, Files(database))
	}
	third, err := Announce(database, want)
	if got := Files(database); err != nil || len(got) != 2 {
		t.Errorf("got %q, %v: want the dead one's file removed", got, err)
	}
	for _, file := range []*File{second, third, nil} {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := Files(database); len(got) != 0 {
		t.Errorf("got %q, want none", got)
	}
}

func TestAnnounceWhereNothingCanBeMade(t *testing.T) {
	t.Parallel()
	if _, err := Announce(filepath.Join(t.TempDir(), "gone", "latchkey.db"), Server{}); err == nil {
		t.Error("got no error, want one")
	}
}
