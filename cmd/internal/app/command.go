package app

import (
	"fmt"
	"slices"
	"strings"

	"latchkey/perms/errorkind"

	"github.com/spf13/cobra"
)

// ExitsAnnotation holds the exit statuses a command can end with, beside those of every command.
const ExitsAnnotation = "exits"

// FlagsAnnotation names those of the flags of every command that concern a command, where not all do, with blanks between.
const FlagsAnnotation = "flags"

// Concerned adds to the annotations of a command which flags of every command concern it.
func Concerned(annotations map[string]string, flags ...string) map[string]string {
	annotations[FlagsAnnotation] = strings.Join(flags, " ")
	return annotations
}

// ExitList is the annotation of a command that can end with these exit statuses.
func ExitList(codes ...int) map[string]string {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = fmt.Sprint(code)
	}
	return map[string]string{ExitsAnnotation: strings.Join(words, " ")}
}

// ViewExits is [ExitList] for a command that reads the database, with the statuses that all of these have.
func ViewExits(codes ...int) map[string]string {
	return ExitList(append(codes, ExitBusy, ExitRefused, ExitDamaged)...)
}

// EditExits is [ExitList] for a command that edits the database, with the statuses that all of these have: any save may need a
// confirmation.
func EditExits(codes ...int) map[string]string {
	return ViewExits(append(codes, ExitUnknown, ExitState, ExitConflict, ExitUnconfirmed, ExitUnknownResult)...)
}

// Noun is a command that only has verbs. Called with anything else it is wrong use: cobra alone would print the
// help and exit 0.
func Noun(use, short, long, example string, verbs ...*cobra.Command) *cobra.Command {
	command := &cobra.Command{Use: use, Short: short, Long: strings.TrimSpace(long), Example: TrimExample(example),
		Args: cobra.ArbitraryArgs, Annotations: ExitList()}
	command.AddCommand(verbs...)
	command.Aliases = sameNouns[use]
	if use != "latchkey" {
		for _, verb := range verbs {
			verb.Aliases = aliasesOf(verb, verbs)
		}
	}
	command.RunE = func(command *cobra.Command, args []string) error {
		if len(args) == 0 {
			command.SetOut(command.ErrOrStderr())
			_ = command.Usage()
			return WrongUsef("%s needs a verb", command.CommandPath())
		}
		return UnknownVerb(command, args[0])
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
	return errorkind.Nearest(word, VerbNames(command))
}

// VerbNames are the names of the commands below one, without hidden ones.
func VerbNames(command *cobra.Command) []string {
	var names []string
	for _, verb := range command.Commands() {
		if !verb.Hidden {
			names = append(names, verb.Name())
		}
	}
	return names
}

// TrimExample takes the line breaks around an example of a help text off.
func TrimExample(example string) string {
	return strings.TrimRight(strings.TrimLeft(example, "\n"), "\n ")
}

// AtLeast makes the check of how many positional arguments a command needs, and says what they are.
func AtLeast(count int, what string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) < count {
			return WrongUsef("%s needs %s: see '%s --help'", command.CommandPath(), what, command.CommandPath())
		}
		return nil
	}
}

// Exactly is [AtLeast] where no more are taken either.
func Exactly(count int, what string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) != count {
			return WrongUsef("%s needs %s and nothing else: see '%s --help'", command.CommandPath(), what, command.CommandPath())
		}
		return nil
	}
}

// NoArguments refuses positional arguments.
func NoArguments(command *cobra.Command, args []string) error {
	if len(args) > 0 {
		err := WrongUsef("%s takes no arguments, but got %q", command.CommandPath(), args[0])
		if text, known := argumentGuesses[command.CommandPath()]; known {
			err = WithHint(err, text)
		}
		return err
	}
	return nil
}
