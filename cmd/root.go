package cmd

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/draft"
	"latchkey/cmd/history"
	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/maintain"
	"latchkey/cmd/perm"
	"latchkey/cmd/query"
	"latchkey/cmd/resource"
	"latchkey/cmd/setting"
	"latchkey/cmd/token"
	"latchkey/cmd/user"
)

// room is a package of commands.
type room struct {
	words    []string // by which they are called, but for those that need to know all others
	commands func(*app.App) []*cobra.Command
}

func rooms() []room {
	return []room{
		{[]string{"user"}, user.Commands},
		{[]string{"token"}, token.Commands},
		{[]string{"perm", "role"}, perm.Commands},
		{[]string{"resource"}, resource.Commands},
		{[]string{"settings"}, setting.Commands},
		{[]string{"status", "diff", "save", "discard", "rebase"}, draft.Commands},
		{[]string{"log", "show", "rollback"}, history.Commands},
		{[]string{"can", "who"}, query.Commands},
		{[]string{"init", "ca", "backup", "restore", "doctor"}, maintain.Commands},
		{[]string{"serve"}, func(a *app.App) []*cobra.Command { return []*cobra.Command{newServe(a)} }},
		{[]string{"version"}, func(a *app.App) []*cobra.Command { return []*cobra.Command{newVersion(a)} }},
		{nil, func(a *app.App) []*cobra.Command { return []*cobra.Command{newDocs(a), newCompletion(a)} }},
	}
}

// commands are all commands, or those of one package where the first argument is one of its words: making all takes as long
// as opening the database.
func commands(a *app.App, args []string) (all []*cobra.Command) {
	for _, one := range rooms() {
		if len(args) > 0 && slices.Contains(one.words, args[0]) {
			return one.commands(a)
		}
		all = append(all, one.commands(a)...)
	}
	return all
}

// newRoot makes the commands that the arguments may be for; all for none.
func newRoot(a *app.App, args ...string) *cobra.Command {
	root := app.Noun("latchkey", "Decide who may use an API, and serve it", `
latchkey decides, for each user, whether they may use the API, with which token, and what the token may do.
Every edit is staged, shown as a difference, and takes effect at one moment: the save.`, `
  latchkey user add ci
  latchkey token enable ci
  latchkey perm grant ci orders:view
  latchkey diff
  latchkey save -m "let ci read orders"`,
		commands(a, args)...)
	root.CompletionOptions.DisableDefaultCmd = true
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.Version = releaseVersion()
	root.PersistentPreRunE = func(command *cobra.Command, _ []string) error {
		if err := errors.Join(app.CheckLists(command), checkNames(a)); err != nil {
			return err
		}
		if command.Name() == "diff" && a.Flags.Output == draft.FormatCommands {
			return nil
		}
		_, err := a.Printer() // a wrong --output is found before anything is done
		return err
	}
	root.SetFlagErrorFunc(app.FlagError)
	useHelpText(a, root)
	help := newHelp(a)
	root.SetHelpCommand(help)
	root.AddCommand(help)
	addGlobalFlags(a, root)
	answerAlone(a, root)
	attachCompletion(a, root)
	app.GuardFlags(root)
	return root
}

// answerAlone has the program alone, which many type first, print what it is.
func answerAlone(a *app.App, root *cobra.Command) {
	withWords := root.RunE
	root.RunE = func(command *cobra.Command, args []string) error {
		if len(args) > 0 {
			return withWords(command, args)
		}
		return a.WriteOut(func(out io.Writer) error {
			_, err := fmt.Fprintf(out, "%s\n\nFirst steps:\n\n%s\n\n'latchkey --help' lists all commands, 'latchkey status' says what there is.\n", ui.Fill(root.Long, helpWidth(a)), root.Example)
			return err
		})
	}
}

func addGlobalFlags(a *app.App, root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&a.Flags.Database, "db", "", "database `file` (default: $LATCHKEY_DB, else the data directory's latchkey/latchkey.db)")
	flags.StringVar(&a.Flags.Draft, "draft", "", "work on your draft of this `name` instead of the one without (default: $LATCHKEY_DRAFT)")
	flags.Var((*app.Username)(&a.Flags.As), "as", "act as this user, by their permissions and on their draft")
	flags.StringVarP(&a.Flags.Output, "output", "o", "", "output `format`: json, jsonl, yaml, name or table (default: $LATCHKEY_OUTPUT, else a table, or tab-separated lines when piped)")
	flags.StringArrayVar(&a.Flags.Fields, "field", nil, "print only this `field` of each record, one record a line; several with commas between, or repeated")
	flags.BoolVar(&a.Flags.NoColor, "no-color", false, "no colours (also: NO_COLOR, TERM=dumb)")
	flags.BoolVar(&a.Flags.NoInput, "no-input", false, "never ask")
	flags.BoolVar(&a.Flags.NoPager, "no-pager", false, "never show long output by a pager ($PAGER, else less)")
	flags.BoolVarP(&a.Flags.Yes, "yes", "y", false, "answer yes to what would be asked")
	flags.BoolVarP(&a.Flags.Quiet, "quiet", "q", false, "no messages on standard error but warnings and errors")
}

// exitsOf renders the exit statuses of a command for its help.
func exitsOf(command *cobra.Command) string {
	codes := []int{app.ExitDone, app.ExitUnexpected, app.ExitWrongUse, app.ExitInterrupted}
	for _, word := range strings.Fields(command.Annotations[app.ExitsAnnotation]) {
		var code int
		if _, err := fmt.Sscan(word, &code); err == nil {
			codes = append(codes, code)
		}
	}
	sort.Ints(codes)
	var lines strings.Builder
	for _, code := range codes {
		fmt.Fprintf(&lines, "  %-3d  %s\n", code, app.ExitMeanings[code])
	}
	return strings.TrimRight(lines.String(), "\n")
}
