// Package programs finds the programs that tests drive. It is for tests alone.
package programs

import (
	"os"
	"os/exec"
	"testing"
)

// Need is the path of a program that a test needs, looked for in the PATH and then at other places. Where it is missing the
// test is skipped and names it, or fails if CI is set, as there the tests have to be complete.
func Need(t testing.TB, name string, places ...string) string {
	t.Helper()
	for _, candidate := range append([]string{name}, places...) {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" { //nolint:forbidigo // for tests alone, which have no app.App
		t.Fatalf("%s is missing: install it", name)
	}
	t.Skipf("%s is missing: install it to run this test", name)
	return ""
}

// Path is the PATH of the test, for a program that itself runs others.
func Path(t testing.TB) string {
	t.Helper()
	return os.Getenv("PATH") //nolint:forbidigo // for tests alone, which have no app.App
}
