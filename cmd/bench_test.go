package cmd_test

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"latchkey/cmd/internal/programs"
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

// BenchmarkTokenRegenerate is a whole process that saves a fresh token durably while a server has the database open,
// among as many users as LATCHKEY_BENCH_USERS says; and the sqlite3 program that does one durable UPDATE beside a process
// that has its file open (P5).
func BenchmarkTokenRegenerate(b *testing.B) {
	w := newWorkshop(b)
	w.addUsers(benchmarkUsers(b))
	w.serve()
	const user = "user0000007"
	w.run("token", "enable", user, "--save")
	b.Run("latchkey", func(b *testing.B) {
		measure(b, func() *exec.Cmd {
			command := exec.CommandContext(b.Context(), binary, "token", "regenerate", user, "--save")
			command.Env = w.environment()
			return command
		})
	})
	b.Run("sqlite3", func(b *testing.B) {
		program := programs.Need(b, "sqlite3")
		file := filepath.Join(b.TempDir(), "floor.db")
		held, err := sql.Open("sqlite", file)
		if err != nil {
			b.Fatal(err)
		}
		defer held.Close()
		_, err = held.ExecContext(b.Context(), `PRAGMA journal_mode = wal; CREATE TABLE tokens (id INTEGER PRIMARY KEY, token BLOB);
			INSERT INTO tokens VALUES (7, randomblob(32))`)
		if err != nil {
			b.Fatal(err)
		}
		measure(b, func() *exec.Cmd {
			return exec.CommandContext(b.Context(), program, file, "PRAGMA synchronous = FULL; UPDATE tokens SET token = randomblob(32) WHERE id = 7")
		})
	})
}

// benchmarkUsers is how many users there are in benchmarks that do not say so themselves.
func benchmarkUsers(b *testing.B) int {
	b.Helper()
	text := os.Getenv("LATCHKEY_BENCH_USERS")
	if text == "" {
		return 1000
	}
	users, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return users
}

// measure runs one process after the other.
func measure(b *testing.B, next func() *exec.Cmd) {
	b.Helper()
	for b.Loop() {
		if _, err := next().Output(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEmptyProgram is what any Go program takes at least (P6).
func BenchmarkEmptyProgram(b *testing.B) {
	directory := b.TempDir()
	source, program := filepath.Join(directory, "main.go"), filepath.Join(directory, "empty")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	build := exec.CommandContext(b.Context(), "go", "build", "-o", program, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, output)
	}
	measure(b, func() *exec.Cmd { return exec.CommandContext(b.Context(), program) })
}

// BenchmarkHelpText is what `--help` takes (P6).
func BenchmarkHelpText(b *testing.B) {
	measure(b, func() *exec.Cmd { return exec.CommandContext(b.Context(), binary, "--help") })
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
