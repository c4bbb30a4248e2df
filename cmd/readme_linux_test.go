package cmd_test

import (
	"testing"
)

// TestReadme follows the README as a reader would: every block of commands in order, in one shell, but for what [asides] lists.
func TestReadme(t *testing.T) {
	t.Parallel()
	if _, err := executeSteps(t, newReader(t), pageSteps(t, "README.md")); err != nil {
		t.Errorf("README.md: %v", err)
	}
}
