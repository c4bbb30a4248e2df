package app

import (
	"time"

	"github.com/spf13/cobra"

	"latchkey/perms"
	"latchkey/perms/username"
)

// EditFlags are the flags of every command that edits.
type EditFlags struct {
	Save    bool   // not only stage
	Ensure  bool   // be content where it is already so
	Message string // for the record of the save
}

// AddFlags adds them to a command.
func (f *EditFlags) AddFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVar(&f.Save, "save", false, "stage and save exactly this edit in one go")
	flags.BoolVar(&f.Ensure, "ensure", false, "succeed and print nothing where it is already so")
	flags.StringVarP(&f.Message, "message", "m", "", "with --save: the `text` the log keeps")
}

// TokenFlags are the flags of every command that prints new tokens.
type TokenFlags struct {
	WithName bool // print the name of its user before each token, also before that of one
}

// AddTokenFlags adds them to a command.
func (f *TokenFlags) AddTokenFlags(command *cobra.Command) {
	command.Flags().BoolVar(&f.WithName, "with-name", false, "print NAME<TAB>TOKEN also for one user, as for several")
}

// Username is a flag value: a name in its one form.
type Username string

// String is the flag's value.
func (u *Username) String() string { return string(*u) }

// Type is the word for the value in help texts.
func (u *Username) Type() string { return "user" }

// Set reads the flag.
func (u *Username) Set(text string) error {
	name, err := username.Canonical(text)
	*u = Username(name)
	return err
}

// Duration is a flag value that also knows days and weeks.
type Duration struct{ time.Duration }

// String is the flag's value.
func (d *Duration) String() string {
	if d.Duration == 0 {
		return ""
	}
	return d.Duration.String()
}

// Type is the word for the value in help texts.
func (d *Duration) Type() string { return "duration" }

// Set reads the flag.
func (d *Duration) Set(text string) (err error) {
	d.Duration, err = perms.ParseSpan(text)
	return err
}
