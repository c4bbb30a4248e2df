package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
)

// helpGroups are the commands in the order in which help lists them. One that is in none of them comes last.
var helpGroups = []struct{ title, commands string }{
	{"Users and tokens", "user token"},
	{"Permissions", "perm role can who"},
	{"Drafts", "status diff save rebase discard"},
	{"Server", "serve settings resource docs ca"},
	{"History", "log show rollback"},
	{"Maintenance", "init backup restore doctor completion version help"},
}

// helpText is all of the help of a command, in lines of a width. The examples come first, as a reader of a long help looks
// for the line to copy.
func helpText(command *cobra.Command, width int) string {
	var out strings.Builder
	section := func(title, text string) {
		if text = strings.TrimRight(text, "\n"); text != "" {
			fmt.Fprintf(&out, "\n%s:\n%s\n", title, text)
		}
	}
	out.WriteString(command.Short + ".\n")
	section("Examples", command.Example)
	if long := description(command); long != "" {
		out.WriteString("\n" + ui.Fill(long, width) + "\n")
	}
	use := command.UseLine()
	if command.HasAvailableSubCommands() {
		use = command.CommandPath() + " COMMAND [flags]"
	}
	section("Usage", ui.Fill("  "+use, width))
	for _, group := range commandGroups(command) {
		section(group[0], ui.Fill(group[1], width))
	}
	if !command.HasParent() {
		section("Help topics, for latchkey help TOPIC", topicLines())
	}
	own, others := flagsOf(command)
	section("Flags", ui.Fill(own.FlagUsages(), width))
	if others {
		out.WriteString("\nFlags of every command, such as --db, --as and -o: see 'latchkey help flags'.\n")
	}
	section("Exit status", ui.Fill(exitsOf(command), width))
	return out.String()
}

// commandGroups are the commands below one, as titles and lines. Those of the program itself are in groups.
func commandGroups(command *cobra.Command) (groups [][2]string) {
	if command.HasParent() {
		if lines := commandLines(command.Commands()); lines != "" {
			return [][2]string{{"Commands", lines}}
		}
		return nil
	}
	left := slices.Clone(command.Commands())
	for i, group := range helpGroups {
		var chosen []*cobra.Command
		for name := range strings.FieldsSeq(group.commands) {
			if at := slices.IndexFunc(left, func(verb *cobra.Command) bool { return verb.Name() == name }); at >= 0 {
				chosen = append(chosen, left[at])
				left = slices.Delete(left, at, at+1)
			}
		}
		if i == len(helpGroups)-1 {
			chosen = append(chosen, left...)
		}
		groups = append(groups, [2]string{group.title, commandLines(chosen)})
	}
	return groups
}

// commandColumn is as wide as the longest name of a command, so that the groups have one column.
const commandColumn = 10

func commandLines(commands []*cobra.Command) string {
	var lines strings.Builder
	for _, verb := range commands {
		if !verb.Hidden {
			fmt.Fprintf(&lines, "  %-*s  %s\n", commandColumn, verb.Name(), verb.Short)
		}
	}
	return strings.TrimRight(lines.String(), "\n")
}

// flagsOf are the flags that the help of a command explains, and whether the flags of every command are among the others: a
// command may name those of them that concern it.
func flagsOf(command *cobra.Command) (own *pflag.FlagSet, others bool) {
	own = pflag.NewFlagSet(command.Name(), pflag.ContinueOnError)
	global := command.Root().PersistentFlags()
	concern, selected := command.Annotations[app.FlagsAnnotation]
	command.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		if global.Lookup(flag.Name) == nil {
			own.AddFlag(flag)
		}
	})
	for name := range strings.FieldsSeq(concern) {
		own.AddFlag(global.Lookup(name))
	}
	return own, !selected
}

// flagsTopic explains the flags that every command has.
func flagsTopic() string {
	command := &cobra.Command{}
	addGlobalFlags(&app.App{}, command)
	return "The flags of every command:\n\n" + strings.TrimRight(command.PersistentFlags().FlagUsages(), "\n")
}

// helpWidth is how wide help is: as the terminal, as far as lines of text are easy to read.
func helpWidth(a *app.App) int {
	const usual, most = 80, 100
	if width := ui.TerminalWidth(a.Out); width > 0 {
		return min(width, most)
	}
	return usual
}

// useHelpText makes helpText the help and the usage of all commands.
func useHelpText(a *app.App, root *cobra.Command) {
	root.SetUsageFunc(func(command *cobra.Command) error {
		_, err := fmt.Fprint(command.OutOrStderr(), helpText(command, helpWidth(a)))
		return err
	})
	root.SetHelpFunc(func(command *cobra.Command, _ []string) {
		_ = a.WriteOut(func(out io.Writer) error {
			_, err := io.WriteString(out, helpText(command, helpWidth(a)))
			return err
		})
	})
}

// description is what the help of a command says beyond its short description.
func description(command *cobra.Command) string {
	return strings.TrimSpace(strings.TrimPrefix(command.Long, command.Short+"."))
}
