package cmd_test

import (
	"os/exec"
	"testing"
)

// BenchmarkTokenShow is a whole process, from start to end: open the database, read a user, print a line.
func BenchmarkTokenShow(b *testing.B) {
	w := newWorkshop(b)
	w.run("init")
	w.run("user", "add", "ci", "--save")
	for b.Loop() {
		w.run("token", "show", "ci")
	}
}

// BenchmarkTokenRegenerate is a whole process that saves a fresh token durably.
func BenchmarkTokenRegenerate(b *testing.B) {
	w := newWorkshop(b)
	w.run("init")
	w.run("user", "add", "ci", "--save")
	w.run("token", "enable", "ci", "--save")
	for b.Loop() {
		w.run("token", "regenerate", "ci", "--save")
	}
}

// BenchmarkProcessStart is the floor under the others: a process that does nothing.
func BenchmarkProcessStart(b *testing.B) {
	for b.Loop() {
		if err := exec.CommandContext(b.Context(), "true").Run(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHelp is a whole process without a database.
func BenchmarkHelp(b *testing.B) {
	w := newWorkshop(b)
	for b.Loop() {
		w.run("version")
	}
}
