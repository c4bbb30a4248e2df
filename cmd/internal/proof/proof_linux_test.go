package proof

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"latchkey/cmd/internal/programs"
)

// binary is the program that is put to the proof, built as it is released.
var binary string

func TestMain(m *testing.M) {
	if mount := os.Getenv(powerVariable); mount != "" {
		os.Exit(cutPower(mount))
	}
	if mount := os.Getenv(fullVariable); mount != "" {
		os.Exit(fillDisks(mount))
	}
	directory, err := os.MkdirTemp("", "latchkey-proof-")
	if err == nil {
		binary, err = build(directory, "latchkey")
	}
	status := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		status = m.Run()
	}
	_ = os.RemoveAll(directory)
	os.Exit(status)
}

// build builds the program, with flags such as an overlay of a mutant's sources, and returns its path.
func build(directory, name string, flags ...string) (string, error) {
	path := filepath.Join(directory, name)
	arguments := append([]string{"build", "-trimpath", "-o", path}, flags...)
	command := exec.CommandContext(context.Background(), "go", append(arguments, "latchkey")...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, output)
	}
	return path, nil
}

// long reports whether the tests are to take as long as is worth it.
func long() bool { return os.Getenv("LATCHKEY_PROOF") == "long" }

// amount is how much of something a test does: few by default, many in the long form.
func amount(few, many int) int {
	if long() {
		return many
	}
	return few
}

// need is [programs.Need] for several programs; for "root" it skips a test that does not run as root.
func need(t *testing.T, what ...string) {
	t.Helper()
	for _, name := range what {
		if name == "root" {
			if os.Geteuid() != 0 {
				t.Skip("takes root")
			}
			continue
		}
		programs.Need(t, name)
	}
}
