package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/perms/errorkind"
)

func newHelp(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND… | TOPIC]", Short: "Explain a command or a topic", Args: cobra.ArbitraryArgs,
		Long: "Explain a command, as its --help does, or a topic.\n\nTopics:\n\n" + topicLines(),
		Example: app.TrimExample(`
  latchkey help token enable
  latchkey help exit-codes`),
		Annotations:       app.ExitList(),
		ValidArgsFunction: completeHelp,
		RunE:              func(command *cobra.Command, args []string) error { return help(a, command.Root(), args) },
	}
}

func help(a *app.App, root *cobra.Command, args []string) error {
	if len(args) == 1 {
		for _, topic := range topics {
			if topic.name == args[0] {
				return a.WriteOut(func(out io.Writer) error {
					_, err := io.WriteString(out, ui.Fill(topic.text(), helpWidth(a))+"\n")
					return err
				})
			}
		}
	}
	command, rest, err := root.Find(args)
	if err != nil {
		return app.WrongUse(err)
	}
	if len(rest) > 0 {
		message := fmt.Sprintf("%s has no command or topic %q", command.CommandPath(), rest[0])
		if near := errorkind.Nearest(rest[0], helpWords(command)); len(near) > 0 {
			message += fmt.Sprintf(": did you mean %s?", strings.Join(near, " or "))
		}
		err := app.WrongUsef("%s", message)
		if text := app.InsteadOf(command, rest[0]); text != "" {
			err = app.WithHint(err, text)
		}
		return err
	}
	addDefaultFlags(command)
	return command.Help()
}

// addDefaultFlags adds --help and --version, which cobra adds only to the command that runs.
func addDefaultFlags(command *cobra.Command) {
	command.InitDefaultHelpFlag()
	command.InitDefaultVersionFlag()
}

// helpWords are the words that lead on from a command in the arguments of help.
func helpWords(command *cobra.Command) []string {
	words := app.VerbNames(command)
	if !command.HasParent() {
		for _, topic := range topics {
			words = append(words, topic.name)
		}
	}
	return words
}

func completeHelp(command *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	found, rest, err := command.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	asked := question{command: command, typed: typed}
	return asked.fitting(helpWords(found)), cobra.ShellCompDirectiveNoFileComp
}
