package cmd

import (
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"latchkey/cmd/internal/app"
)

// everyFlag visits each flag of each command that takes a value, each time of a new tree.
func everyFlag(visit func(path string, flag *pflag.Flag, parse func(args ...string) error)) {
	walk(newRoot(&app.App{}), func(command *cobra.Command) {
		path := strings.Fields(command.CommandPath())[1:]
		command.InheritedFlags() // adds the flags of the parents to Flags
		command.Flags().VisitAll(func(flag *pflag.Flag) {
			if flag.NoOptDefVal != "" {
				return
			}
			visit(command.CommandPath()+" --"+flag.Name, flag, func(args ...string) error {
				fresh, _, err := newRoot(&app.App{}).Find(path)
				if err == nil {
					err = fresh.ParseFlags(args)
				}
				if err == nil {
					err = app.CheckLists(fresh)
				}
				return err
			})
		})
	})
}

// TestEmptyFlags: a flag that is given empty, as by a variable that is not set, is an error, or its help says what it means.
func TestEmptyFlags(t *testing.T) {
	t.Parallel()
	count := 0
	everyFlag(func(path string, flag *pflag.Flag, parse func(args ...string) error) {
		count++
		err := parse("--" + flag.Name + "=")
		if means := strings.Contains(flag.Usage, "empty: "); means != (err == nil) {
			t.Errorf("%s=: got %v, while its help says: %s", path, err, flag.Usage)
		}
		if err != nil && !strings.Contains(err.Error(), "it is empty: leave the flag out, or give it a value") {
			t.Errorf("%s=: got %v", path, err)
		}
	})
	if count < 200 { // each command has those of all commands
		t.Errorf("got %d flags: the walk has missed some", count)
	}
}

// TestFlagsGivenTwice: where one value counts another one is an error.
func TestFlagsGivenTwice(t *testing.T) {
	t.Parallel()
	everyFlag(func(path string, flag *pflag.Flag, parse func(args ...string) error) {
		_, isList := flag.Value.(pflag.SliceValue)
		if kind := flag.Value.Type(); kind != "string" && !isList {
			return // of these the values differ, and the rule is the same
		}
		err := parse("--"+flag.Name, "one", "--"+flag.Name+"=two")
		if isList != (err == nil) {
			t.Errorf("%s twice: got %v, for a list: %v", path, err, isList)
		}
		if err != nil && !strings.Contains(err.Error(), "the flag is given two values, and takes one") {
			t.Errorf("%s twice: got %v", path, err)
		}
	})
}

// TestStreamIsNoFile: - is a standard stream for the commands that say so, and nowhere the name of a file.
func TestStreamIsNoFile(t *testing.T) {
	t.Parallel()
	count := 0
	everyFlag(func(path string, flag *pflag.Flag, parse func(args ...string) error) {
		if kind, _ := pflag.UnquoteUsage(flag); kind != "file" {
			return
		}
		count++
		if err := parse("--"+flag.Name, "-"); !errors.Is(err, app.ErrStream) {
			t.Errorf("%s -: got %v, want it refused", path, err)
		}
		if err := parse("--"+flag.Name, "./-"); err != nil {
			t.Errorf("%s ./-: got %v, want it taken", path, err)
		}
	})
	walk(newRoot(&app.App{}), func(command *cobra.Command) {
		if strings.Contains(command.Use, "FILE") {
			count++
			if !strings.Contains(command.Use, "FILE|-") {
				t.Errorf("%s: what is - there?", command.Use)
			}
		}
	})
	if count < 30 {
		t.Errorf("got %d places for files: the walk has missed some", count)
	}
}
