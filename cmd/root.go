package cmd

import (
	"fmt"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
)

// exitsAnnotation holds the exit statuses a command can end with, beside those of every command.
const exitsAnnotation = "exits"

// exitList is the value of exitsAnnotation.
func exitList(codes ...int) map[string]string {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = fmt.Sprint(code)
	}
	return map[string]string{exitsAnnotation: strings.Join(words, " ")}
}

func newRoot(a *App) *cobra.Command {
	root := noun("latchkey", "Decide who may use an API, and serve it", `
latchkey decides, per user, whether they may use the API, with which token, and what the token may do.
Every edit is staged, shown as a difference, and takes effect at one moment: the save.`, `
  latchkey user add ci
  latchkey token enable ci
  latchkey perm grant ci orders:view
  latchkey diff
  latchkey save -m "let ci read orders"`,
		newUser(a), newToken(a), newPerm(a), newStatus(a), newDiff(a), newSave(a), newDiscard(a), newCan(a),
		newServe(a), newInit(a), newVersion(a))
	root.CompletionOptions.DisableDefaultCmd = true
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return wrongUse(err) })
	cobra.AddTemplateFunc("exits", exitsOf)
	root.SetUsageTemplate(usageTemplate)
	root.SetHelpCommand(&cobra.Command{Hidden: true, Use: "no-help-command"})
	a.addGlobalFlags(root)
	return root
}

func (a *App) addGlobalFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&a.flags.database, "db", "", "database `file` (default: $LATCHKEY_DB, else the data directory's latchkey/latchkey.db)")
	flags.StringVar(&a.flags.draft, "draft", "", "work on your draft of this `name` instead of the one without (default: $LATCHKEY_DRAFT)")
	flags.StringVar(&a.flags.output, "output", "", "output `format`: json, jsonl, yaml or name (default: a table, or tab-separated lines when piped)")
	flags.StringVar(&a.flags.field, "field", "", "print only this `field` of each record, one a line")
	flags.BoolVar(&a.flags.noColor, "no-color", false, "no colours (also: NO_COLOR, TERM=dumb)")
	flags.BoolVar(&a.flags.noInput, "no-input", false, "never ask")
	flags.BoolVarP(&a.flags.yes, "yes", "y", false, "answer yes to what would be asked")
	flags.BoolVarP(&a.flags.quiet, "quiet", "q", false, "no story on standard error, only warnings and errors")
}

// noun is a command that only has verbs. Called with anything else it is wrong use: cobra alone would print the
// help and exit 0.
func noun(use, short, long, example string, verbs ...*cobra.Command) *cobra.Command {
	command := &cobra.Command{Use: use, Short: short, Long: strings.TrimSpace(long), Example: trimExample(example),
		Args: cobra.ArbitraryArgs, Annotations: exitList()}
	command.AddCommand(verbs...)
	command.RunE = func(command *cobra.Command, args []string) error {
		if len(args) == 0 {
			command.SetOut(command.ErrOrStderr())
			_ = command.Usage()
			return wrongUsef("%s needs a verb", command.CommandPath())
		}
		message := fmt.Sprintf("unknown command %q for %s", args[0], command.CommandPath())
		if near := ui.Suggest(args[0], verbNames(command)); len(near) > 0 {
			message += fmt.Sprintf(": did you mean %s?", strings.Join(near, " or "))
		}
		return wrongUsef("%s", message)
	}
	return command
}

func verbNames(command *cobra.Command) []string {
	var names []string
	for _, verb := range command.Commands() {
		if !verb.Hidden {
			names = append(names, verb.Name())
		}
	}
	return names
}

func trimExample(example string) string {
	return strings.TrimRight(strings.TrimLeft(example, "\n"), "\n ")
}

// exitsOf renders the exit statuses of a command for its help.
func exitsOf(command *cobra.Command) string {
	codes := []int{exitDone, exitUnexpected, exitWrongUse}
	for _, word := range strings.Fields(command.Annotations[exitsAnnotation]) {
		var code int
		if _, err := fmt.Sscan(word, &code); err == nil {
			codes = append(codes, code)
		}
	}
	sort.Ints(codes)
	var lines strings.Builder
	for _, code := range codes {
		fmt.Fprintf(&lines, "  %-3d  %s\n", code, exitMeanings[code])
	}
	return strings.TrimRight(lines.String(), "\n")
}

// atLeast makes the check of how many positional arguments a command needs, and says what they are.
func atLeast(count int, what string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) < count {
			return wrongUsef("%s needs %s: see '%s --help'", command.CommandPath(), what, command.CommandPath())
		}
		return nil
	}
}

// noArguments refuses positional arguments.
func noArguments(command *cobra.Command, args []string) error {
	if len(args) > 0 {
		return wrongUsef("%s takes no arguments, but got %q", command.CommandPath(), args[0])
	}
	return nil
}

// usageTemplate is cobra's own, shortened, with the exit statuses.
const usageTemplate = `Usage:
  {{.UseLine}}{{if .HasAvailableSubCommands}} COMMAND{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Flags of every command:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}

Exit status:
{{exits .}}
`
