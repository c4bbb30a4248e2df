package cmd

import (
	_ "embed"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/perms/errorkind"
)

// shell is a shell that latchkey can be completed in.
type shell struct {
	name string
	file string // what its script is called where the shell looks for it
	// write writes the script. All of them ask 'latchkey __complete', and so know nothing of the commands themselves.
	write func(root *cobra.Command, out io.Writer) error
}

// bashScript is our own, since cobra's needs the package bash-completion and evaluates the command line.
//
//go:embed completion.bash
var bashScript string

var shells = []shell{
	{"bash", "latchkey.bash", func(_ *cobra.Command, out io.Writer) error {
		_, err := io.WriteString(out, bashScript)
		return err
	}},
	{"zsh", "_latchkey", (*cobra.Command).GenZshCompletion},
	{"fish", "latchkey.fish", func(root *cobra.Command, out io.Writer) error { return root.GenFishCompletion(out, true) }},
}

func shellNames() []string {
	names := make([]string, len(shells))
	for i, shell := range shells {
		names[i] = shell.name
	}
	return names
}

func newCompletion(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "completion SHELL", Short: "Print the script that completes latchkey in a shell", Args: oneShell,
		Long: `Print the script that completes latchkey in bash, zsh or fish. It completes verbs and flags, and the names of
users, roles and drafts from the database. Completion changes nothing, asks nothing and prints no error.

For good:

  bash  add to ~/.bashrc: source <(latchkey completion bash)
  zsh   latchkey completion zsh > "${fpath[1]}/_latchkey"
  fish  latchkey completion fish > ~/.config/fish/completions/latchkey.fish

Where very many names match, some are left out until more is typed. A name with a character that is special to a shell is
not offered.`,
		Example: app.TrimExample(`
  source <(latchkey completion bash)
  latchkey completion fish > ~/.config/fish/completions/latchkey.fish`),
		Annotations: app.ExitList(),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return shellNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(command *cobra.Command, args []string) error {
			chosen := slices.IndexFunc(shells, func(shell shell) bool { return shell.name == args[0] })
			return shells[chosen].write(command.Root(), a.Out)
		},
	}
}

func oneShell(_ *cobra.Command, args []string) error {
	if len(args) == 1 && slices.Contains(shellNames(), args[0]) {
		return nil
	}
	message := "latchkey completion needs one shell: " + strings.Join(shellNames(), ", ")
	if len(args) > 0 {
		if near := errorkind.Nearest(args[0], shellNames()); len(near) > 0 {
			message += ": did you mean " + strings.Join(near, " or ") + "?"
		}
	}
	return app.WrongUsef("%s", message)
}
