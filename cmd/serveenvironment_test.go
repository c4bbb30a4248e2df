package cmd

import (
	"testing"

	"github.com/spf13/pflag"

	"latchkey/cmd/internal/app"
)

// TestEveryFlagOfServeIsAVariable: each has one, and it is read: what no flag can be is refused in its name.
func TestEveryFlagOfServeIsAVariable(t *testing.T) {
	t.Parallel()
	count := 0
	newServe(&app.App{}).LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
		count++
		var asked []string
		a := &app.App{Getenv: func(name string) string {
			asked = append(asked, name)
			if name == serveVariable(flag) && flag.Value.Type() == "bool" {
				return "true"
			} else if name == serveVariable(flag) {
				return "1"
			}
			return ""
		}}
		command := newServe(a)
		if err := setFromEnvironment(a, command); err != nil && !command.Flags().Changed(flag.Name) && flag.Value.Type() == "string" {
			t.Errorf("%s: %v", serveVariable(flag), err)
		} else if err == nil && !command.Flags().Changed(flag.Name) {
			t.Errorf("%s is not read", serveVariable(flag))
		}
		if len(asked) < 15 {
			t.Errorf("got %q asked for, want every flag's variable", asked)
		}
	})
	if count < 15 {
		t.Errorf("got %d flags: the walk has missed some", count)
	}
}
