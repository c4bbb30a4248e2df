package user

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/panel"
	"latchkey/perms"
	"latchkey/perms/errorkind"
	"latchkey/tokens"
)

// addition is what new users are given.
type addition struct {
	email, note   string
	token         bool
	expires       string   // when the token ends; "": nothing is said
	grants, roles []string // each may have several, with commas between
}

func newAdd(a *app.App) *cobra.Command {
	var options staging.Options
	var with addition
	command := &cobra.Command{
		Use: "add NAME…", SuggestFor: []string{"create", "new"}, Short: "Stage new users", Args: app.AtLeast(1, "a username"),
		Long: `Stage new users. By itself that gives neither API access nor a permission. --token, --grant and --role do what 'token enable',
'perm grant' and 'role assign' do, in the same edit: with --save, one command and one save.

With --token the tokens go to standard output: the token alone for one user, NAME<TAB>TOKEN lines for several and with
--with-name. Everything else goes to standard error. The tokens are written before anything is stored, so use them only if the
exit status is 0. --token with --ensure fails where a user exists already, since no token could be shown. --expires is that of
'token enable'.`,
		Example: app.TrimExample(`
  latchkey user add ci --note "the build server"
  latchkey user add ann bob --ensure --save
  TOKEN=$(latchkey user add ci --token --grant orders:view --role support --save)`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return addUsers(command.Context(), a, options, args, with)
		},
	}
	options.AddFlags(command)
	options.AddTokenFlags(command)
	flags := command.Flags()
	flags.StringVar(&with.email, "email", "", "e-mail `address` of whoever answers for the user")
	flags.StringVar(&with.note, "note", "", "what the user is for, as a `text`")
	flags.BoolVar(&with.token, "token", false, "enable API access, and print the new tokens")
	flags.StringVar(&with.expires, "expires", "", "with --token, when it ends: a `time` from the save on such as 90d, a date, or never")
	flags.StringArrayVar(&with.grants, "grant", nil, "allow this `permission`, such as orders:view or 'orders:*'; can be repeated")
	flags.StringArrayVar(&with.roles, "role", nil, "give this `role`; can be repeated")
	return command
}

func addUsers(ctx context.Context, a *app.App, options staging.Options, args []string, with addition) error {
	if err := with.check(a, options, args); err != nil {
		return err
	}
	expiry, expiryErr := a.Expiry("expires", with.expires)
	given, err := with.operations()
	if err := errors.Join(expiryErr, err); err != nil {
		return err
	}
	if !with.token {
		return staging.Edit(ctx, a, options, slices.Concat(staging.ForEach(args, given)...)...)
	}
	options.Ensure = false // of a user who is there already no token could be shown
	err = staging.IssueWith(ctx, a, options, args, func(user string, digest tokens.Digest) []panel.Operation {
		return append(given(user), panel.EnableToken{User: user, Digest: digest, Expiry: expiry})
	})
	if errorkind.Of(err) == errorkind.State {
		return app.WithHint(err, "where a user exists already, 'latchkey token enable NAME' or 'latchkey token regenerate NAME' makes a token")
	}
	return err
}

// check refuses what cannot be meant together, and says what may be meant otherwise.
func (w addition) check(a *app.App, options staging.Options, args []string) error {
	for _, arg := range args {
		switch {
		case strings.Contains(arg, ":"):
			return app.WrongUsef("no name has a colon in it: --grant PERM gives a permission")
		case strings.Contains(arg, ","):
			a.Messages().Info("%s is one user: several names have blanks between them", arg)
		}
	}
	switch {
	case !w.token && options.WithName:
		return app.WrongUsef("--with-name needs --token")
	case !w.token && w.expires != "":
		return app.WrongUsef("--expires needs --token")
	}
	return nil
}

// operations reads the flags: what makes a user of a name.
func (w addition) operations() (func(name string) []panel.Operation, error) {
	patterns, err := perms.ParsePatterns(splitAtCommas(w.grants))
	if err != nil {
		return nil, err
	}
	roles := splitAtCommas(w.roles)
	return func(name string) []panel.Operation {
		operations := []panel.Operation{panel.AddUser{Name: name, Email: w.email, Note: w.note}}
		for _, role := range roles {
			operations = append(operations, panel.AssignRole{User: name, Role: role})
		}
		if len(patterns) > 0 {
			rules := panel.SetRules{Holder: panel.Holder{Name: name}, Effect: perms.Allow, Patterns: patterns}
			operations = append(operations, rules)
		}
		return operations
	}, nil
}

func splitAtCommas(texts []string) (parts []string) {
	for _, text := range texts {
		parts = append(parts, strings.Split(text, ",")...)
	}
	return parts
}
