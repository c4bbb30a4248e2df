package app

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// emptyAnnotation marks a flag that may be given an empty text.
const emptyAnnotation = "may-be-empty"

// MayBeEmpty lets flags of a command be given empty, and says in their help what that means.
func MayBeEmpty(command *cobra.Command, meaning string, names ...string) {
	for _, name := range names {
		flag := command.Flags().Lookup(name)
		flag.Usage += "; empty: " + meaning
		flag.Annotations = map[string][]string{emptyAnnotation: {meaning}}
	}
}

// GuardFlags makes two mistakes wrong use for every flag of a command tree that takes a value: an empty text, as of a
// variable that is not set, unless the flag says what it means ([MayBeEmpty]); and another value where one counts. A file is not
// named "-".
func GuardFlags(command *cobra.Command) {
	guard := func(flag *pflag.Flag) {
		_, isList := flag.Value.(pflag.SliceValue)
		_, isGuarded := flag.Value.(*guardedValue) // a child has the flags of its parents too
		if !isList && !isGuarded && flag.NoOptDefVal == "" {
			kind, _ := pflag.UnquoteUsage(flag)
			flag.Value = &guardedValue{Value: flag.Value, mayBeEmpty: mayBeEmpty(flag), isFile: kind == "file"}
		}
	}
	command.PersistentFlags().VisitAll(guard)
	command.Flags().VisitAll(guard)
	for _, verb := range command.Commands() {
		GuardFlags(verb)
	}
}

func mayBeEmpty(flag *pflag.Flag) bool { return flag.Annotations[emptyAnnotation] != nil }

// CheckLists refuses empty texts in the flags of a command that take several.
func CheckLists(command *cobra.Command) (err error) {
	command.Flags().Visit(func(flag *pflag.Flag) {
		list, isList := flag.Value.(pflag.SliceValue)
		if isList && err == nil && !mayBeEmpty(flag) && slices.Contains(list.GetSlice(), "") {
			err = WrongUsef("invalid argument \"\" for \"--%s\" flag: %w", flag.Name, errEmpty)
		}
	})
	return err
}

var (
	// ErrStream: - stands for a standard stream wherever a command takes one, and never names a file.
	ErrStream = WrongUsef("- is no file here: write ./- for one of this name")

	errEmpty = errors.New("it is empty: leave the flag out, or give it a value")
	errTwice = errors.New("the flag is given two values, and takes one")
)

// guardedValue is the value of a flag that is set once, and not to nothing.
type guardedValue struct {
	pflag.Value
	mayBeEmpty bool
	isFile     bool
	set        *string
}

// Set sets the value. The same one again is no mistake: completion reads the flags twice.
func (g *guardedValue) Set(text string) error {
	switch {
	case text == "" && !g.mayBeEmpty:
		return errEmpty
	case text == "-" && g.isFile:
		return ErrStream
	case g.set != nil && *g.set != text:
		return errTwice
	}
	g.set = &text
	return g.Value.Set(text)
}
