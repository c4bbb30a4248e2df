package cmd

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"latchkey/cmd/internal/app"
	"latchkey/perms/errorkind"
)

// serveVariables is how the variables begin that set the flags of serve.
const serveVariables = "LATCHKEY_SERVE_"

// serveVariable is the variable that sets a flag of serve.
func serveVariable(flag *pflag.Flag) string {
	return serveVariables + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
}

// setFromEnvironment sets the flags of serve that are not given by their variables, so that a service manager can add one
// setting and lose no other. An empty variable counts as not set.
func setFromEnvironment(a *app.App, command *cobra.Command) (err error) {
	known := map[string]bool{} // without what all begin with
	command.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
		variable := serveVariable(flag)
		value := a.Getenv(variable)
		known[strings.TrimPrefix(variable, serveVariables)] = true
		if err != nil || flag.Changed || value == "" || flag.Name == "help" {
			return
		}
		if failed := setByVariable(command.Flags(), flag, value); failed != nil {
			err = app.WrongUsef("%s: %w", variable, failed)
		}
	})
	warnOfUnknown(a, known)
	return err
}

// setByVariable sets a flag. A list has blanks or commas between its values.
func setByVariable(flags *pflag.FlagSet, flag *pflag.Flag, value string) error {
	if _, isList := flag.Value.(pflag.SliceValue); !isList {
		return flags.Set(flag.Name, value)
	}
	for _, one := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		if err := flags.Set(flag.Name, one); err != nil {
			return err
		}
	}
	return nil
}

// warnOfUnknown names variables that look like settings and are none. They are no error: an orchestrator has variables of its
// own for a service of that name, such as LATCHKEY_SERVE_SERVICE_HOST.
func warnOfUnknown(a *app.App, known map[string]bool) {
	if a.Environ == nil {
		return
	}
	for _, line := range a.Environ() {
		name, value, _ := strings.Cut(line, "=")
		setting, ours := strings.CutPrefix(name, serveVariables)
		if value == "" || !ours || known[setting] {
			continue
		}
		text := name + " sets no flag of serve"
		if near := errorkind.Nearest(setting, slices.Sorted(maps.Keys(known))); len(near) > 0 {
			text += ": did you mean " + serveVariables + strings.Join(near, " or "+serveVariables) + "?"
		}
		a.Messages().Warn("%s", text)
	}
}
