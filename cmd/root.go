package cmd

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
	"latchkey/db/edits"
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

// viewExits is the exitList of a command that looks at the database, editExits of one that edits it.
func viewExits(codes ...int) map[string]string {
	return exitList(append(codes, exitBusy, exitRefused, exitDamaged)...)
}

func editExits(codes ...int) map[string]string {
	return viewExits(append(codes, exitUnknown, exitState, exitConflict, exitUnknownResult)...)
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
		newUser(a), newToken(a), newPerm(a), newRole(a), newResource(a), newStatus(a), newDiff(a), newSave(a), newDiscard(a), newRebase(a), newCan(a), newWho(a),
		newLog(a), newShow(a), newRollback(a),
		newServe(a), newInit(a), newBackup(a), newRestore(a), newDoctor(a), newDocs(a), newCompletion(a), newVersion(a))
	root.CompletionOptions.DisableDefaultCmd = true
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.Version = releaseVersion()
	root.PersistentPreRunE = func(command *cobra.Command, _ []string) error {
		if err := edits.CheckText("name of the draft", a.draft().Name); err != nil {
			return err
		}
		if command.Name() == "diff" && a.flags.output == formatCommands {
			return nil
		}
		_, err := a.printer() // a wrong --output is found before anything is done
		return err
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return wrongUse(err) })
	root.SetUsageTemplate(usageTemplate)
	help := newHelp(a)
	root.SetHelpCommand(help)
	root.AddCommand(help)
	a.addGlobalFlags(root)
	a.attachCompletion(root)
	return root
}

func (a *App) addGlobalFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&a.flags.database, "db", "", "database `file` (default: $LATCHKEY_DB, else the data directory's latchkey/latchkey.db)")
	flags.StringVar(&a.flags.draft, "draft", "", "work on your draft of this `name` instead of the one without (default: $LATCHKEY_DRAFT)")
	flags.Var((*username)(&a.flags.as), "as", "act as this user, by their permissions and on their draft")
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
		if near := nearVerbs(command, args[0]); len(near) > 0 {
			return wrongUsef("%s: did you mean %s?", message, strings.Join(near, " or "))
		}
		return wrongUsef("%s: see '%s --help'", message, command.CommandPath())
	}
	return command
}

// nearVerbs lists the verbs that somebody may have meant who wrote this word: by another program's name for it, else by
// its spelling.
func nearVerbs(command *cobra.Command, word string) []string {
	for _, verb := range command.Commands() {
		if slices.Contains(verb.SuggestFor, word) {
			return []string{verb.Name()}
		}
	}
	return ui.Suggest(word, verbNames(command))
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
	codes := []int{exitDone, exitUnexpected, exitWrongUse, exitInterrupted}
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

// exactly is atLeast where no more are taken either.
func exactly(count int, what string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) != count {
			return wrongUsef("%s needs %s and nothing else: see '%s --help'", command.CommandPath(), what, command.CommandPath())
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

func init() {
	cobra.AddTemplateFunc("exits", exitsOf)
	cobra.AddTemplateFunc("topics", topicLines)
}

// usageTemplate is cobra's own, shortened, with the exit statuses.
const usageTemplate = `Usage:
  {{.UseLine}}{{if .HasAvailableSubCommands}} COMMAND{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if or .IsAvailableCommand (eq .Name "help")}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if not .HasParent}}

Help topics, for latchkey help TOPIC:
{{topics}}{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsagesWrapped 80 | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Flags of every command:
{{.InheritedFlags.FlagUsagesWrapped 80 | trimTrailingWhitespaces}}{{end}}

Exit status:
{{exits .}}
`
