package cmd

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/exchange"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
	"latchkey/perms"
)

const (
	mostNames        = 99 // bash asks before it lists a hundred
	latestRevisions  = 50
	completionPeriod = time.Second // nobody waits longer for a key press
)

// question is what a shell wants completed.
type question struct {
	command *cobra.Command
	args    []string // the positionals before it
	typed   string   // what the candidates must begin with
}

// source finds the candidates for a question; those that do not fit are left out later. Where there is no database there
// are no candidates: a shell has nowhere to show an error, and a key press changes nothing.
type source func(*app.App, question) []string

// wordSources are the candidates for each word of a Use line, so that a command is completed as its help reads.
var wordSources = map[string]source{
	"NAME": userNames, "GLOB": userNames, "ROLE": roleNames, "RESOURCE": resourceNames, "REV": revisionNumbers, "SETTING": settingNames, "VALUE": settingValues,
	"PERM": permissionNames, "METHOD": methods, "PATH": paths, "NAME|KIND:NAME": stagedLabels,
}

// flagSources are the candidates for the values of flags, by the flag's name. One with nil takes a file.
var flagSources = map[string]source{
	"db": nil, "cert": nil, "key": nil, "file": nil,
	"output":  func(*app.App, question) []string { return ui.Formats() },
	"format":  func(*app.App, question) []string { return exchange.Formats() },
	"until":   func(*app.App, question) []string { return []string{"24h", "7d", "30d", "90d"} },
	"expires": func(*app.App, question) []string { return []string{"30d", "90d", "365d", panel.Never} },
	"grace":   func(*app.App, question) []string { return []string{"10m", "1h", "24h", "7d"} },
	"draft":   draftNames, "operator": draftOperators, "at": revisionNumbers,
	"grant": permissionNames, "as": userNames, "user": userNames, "role": roleNames, "resource": resourceNames, "parent": resourceNames,
	"backend": func(*app.App, question) []string {
		return []string{string(perms.Documents), string(perms.Proxied), string(perms.External)}
	},
}

// attachCompletion gives a command and those below it the completion of positionals and of the values of flags.
func attachCompletion(a *app.App, command *cobra.Command) {
	if command.ValidArgsFunction == nil && !command.HasSubCommands() {
		command.ValidArgsFunction = func(command *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return completePositionals(a, command, args, typed)
		}
	}
	for name, from := range flagSources {
		if command.Flags().Lookup(name) != nil || command.PersistentFlags().Lookup(name) != nil {
			_ = command.RegisterFlagCompletionFunc(name, flagCompletion(a, from)) // fails only for a flag that is not there
		}
	}
	for _, verb := range command.Commands() {
		attachCompletion(a, verb)
	}
}

func flagCompletion(a *app.App, from source) cobra.CompletionFunc {
	return func(command *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if from == nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		asked := question{command: command, typed: typed}
		return asked.fitting(from(a, asked)), cobra.ShellCompDirectiveNoFileComp
	}
}

func completePositionals(a *app.App, command *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	asked := question{command, args, typed}
	directive := cobra.ShellCompDirectiveNoFileComp
	var candidates []string
	for _, word := range wordsAt(command.Use, len(args)) {
		if from := asked.source(word); from != nil {
			candidates = append(candidates, from(a, asked)...)
		}
		switch word {
		case "PATH":
			directive |= cobra.ShellCompDirectiveNoSpace // an id may follow
		case "FILE", "FILE|-":
			return nil, cobra.ShellCompDirectiveDefault // the shell knows the files
		}
	}
	return asked.fitting(candidates), directive
}

// wordsAt reads a Use line, such as "can NAME METHOD PATH | NAME PERM" or "grant NAME… PERM…", and says which of its
// words may stand at a position, counted from 0.
func wordsAt(use string, position int) []string {
	_, forms, _ := strings.Cut(strings.NewReplacer("[", "", "]", "").Replace(use), " ")
	var words []string
	for form := range strings.SplitSeq(forms, " | ") {
		repeats := false
		for i, word := range strings.Fields(form) {
			name, several := strings.CutSuffix(word, "…")
			repeats = repeats || several
			if (i == position || i < position && repeats) && !slices.Contains(words, name) {
				words = append(words, name)
			}
		}
	}
	return words
}

// source is where the candidates for a word come from, considering the verb.
func (q question) source(word string) source {
	verb, noun := q.command.Name(), q.command.Parent().Name()
	isPermission := func(arg string) bool { return strings.Contains(arg, ":") }
	switch {
	case word == "PERM":
	case verb == "add": // a new name is nobody's yet
		return nil
	case word == "NAME" && (noun == "resource" || verb == "resource"):
		return resourceNames
	case word == "NAME" && slices.ContainsFunc(q.args, isPermission): // names come before permissions
		return nil
	}
	return wordSources[word]
}

// fitting sorts the candidates, and leaves out what was not asked for or stands there already.
func (q question) fitting(candidates []string) []string {
	candidates = slices.DeleteFunc(candidates, func(candidate string) bool {
		return !strings.HasPrefix(candidate, q.typed) || slices.Contains(q.args, candidate)
	})
	slices.Sort(candidates)
	return slices.Compact(candidates)
}

// lookUp reads names from the database; none where anything is in the way.
func lookUp(a *app.App, q question, read func(ctx context.Context, p panel.Panel) ([]string, error)) []string {
	ctx, cancel := context.WithTimeout(q.command.Context(), completionPeriod)
	defer cancel()
	var names []string
	_ = a.Panel(ctx, false, func(p panel.Panel) (err error) {
		names, err = read(ctx, p)
		return err
	})
	return slices.DeleteFunc(names, func(name string) bool { return strings.ContainsFunc(name, special) })
}

// special reports whether a shell or a terminal may take a character of a name for something else. A name with one is
// not offered: when several names begin alike, bash puts what they have in common on the command line as it is, and
// completion scripts evaluate that line at the next key press. Somebody could be called $(reboot)1.
func special(c rune) bool {
	return !unicode.In(c, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune("._@+-:", c)
}
