package programs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/cmd/internal/programs"
)

// recorder is a test that keeps what was said and goes on.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (r *recorder) Helper()                      {}
func (r *recorder) Skipf(_ string, args ...any)  { r.skipped, _ = args[0].(string) }
func (r *recorder) Fatalf(_ string, args ...any) { r.failed, _ = args[0].(string) }

// TestNeed: a missing program is a skip that names it outside CI, and a failure in it.
func TestNeed(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(elsewhere, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := programs.Need(t, "sh"); !strings.HasSuffix(got, "/sh") {
		t.Errorf("sh: got %q", got)
	}
	if got := programs.Need(t, "latchkey-no-such-program", elsewhere); got != elsewhere {
		t.Errorf("at another place: got %q, want %q", got, elsewhere)
	}
	for _, test := range []struct{ ci, skipped, failed string }{
		{"", "latchkey-no-such-program", ""},
		{"true", "latchkey-no-such-program", "latchkey-no-such-program"}, // a real one ends at the failure
	} {
		t.Setenv("CI", test.ci)
		r := &recorder{TB: t}
		programs.Need(r, "latchkey-no-such-program")
		if r.skipped != test.skipped || r.failed != test.failed {
			t.Errorf("CI=%q: got skipped %q and failed %q, want %q and %q", test.ci, r.skipped, r.failed, test.skipped, test.failed)
		}
	}
}
