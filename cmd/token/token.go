// Package token is the commands about tokens: making, replacing and ending them, and answering what one is, or whose.
package token

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
	"latchkey/tokens"
)

// Commands are the commands of this package.
func Commands(a *app.App) []*cobra.Command {
	return []*cobra.Command{app.Noun("token", "Tokens: enable, disable, regenerate", `
A token is made when it is staged, and shown only then. Until the save the old token works and the new one does not. From
the save on it is the reverse. Only its SHA-256 is stored. Lists show the first 12 hex digits of it, the fingerprint.`, `
  latchkey token enable ci
  TOKEN=$(latchkey token regenerate ci --save)`,
		newEnable(a), newDisable(a), newRegenerate(a), newSuspend(a), newResume(a), newShow(a), newList(a),
		newVerify(a), newInspect(a), newRevoke(a))}
}

const tokenOutput = `The token goes to standard output: alone for one user, as NAME<TAB>TOKEN lines for several and with --with-name. Everything
else goes to standard error. The token is written before anything is stored, so use it only if the exit status is 0.`

const expiresHelp = `--expires says when the token ends: after a time from the save on, such as 90d, at a moment, or never. A date is the end of that day
in the local zone. From then on it gets 401. Where it is left out, the setting token.default-lifetime counts, else the length
that the replaced token had.`

func addExpires(command *cobra.Command, expires *string) {
	command.Flags().StringVar(expires, "expires", "", "when the token ends: a `time` from the save on such as 90d, a date, or never")
}

func newEnable(a *app.App) *cobra.Command {
	var options staging.Options
	var expires string
	command := &cobra.Command{
		Use: "enable NAME…", SuggestFor: []string{"add", "create", "new"}, Short: "Stage API access with a new token", Args: app.AtLeast(1, "a username"),
		Long: "Stage API access with a new token.\n\n" + tokenOutput + "\n\n" + expiresHelp,
		Example: app.TrimExample(`
  latchkey token enable ci
  TOKEN=$(latchkey token enable ci --save)
  latchkey token enable contractor --expires 90d`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return enableTokens(command.Context(), a, options, args, expires)
		},
	}
	options.AddFlags(command)
	options.AddTokenFlags(command)
	addExpires(command, &expires)
	return command
}

func enableTokens(ctx context.Context, a *app.App, options staging.Options, args []string, expires string) error {
	expiry, err := a.Expiry("expires", expires)
	if err != nil {
		return err
	}
	return staging.Issue(ctx, a, options, args, func(user string, digest tokens.Digest) panel.Operation {
		return panel.EnableToken{User: user, Digest: digest, Expiry: expiry}
	})
}

func newRegenerate(a *app.App) *cobra.Command {
	var options staging.Options
	var replacing regeneration
	command := &cobra.Command{
		Use: "regenerate NAME…", SuggestFor: []string{"rotate", "reset", "renew"}, Short: "Stage a new token in place of the present one", Args: app.AtLeast(1, "a username"),
		Long: "Stage a new token. The save that makes it work ends the old one, at once or after a grace.\n\n" + tokenOutput + "\n\n" + expiresHelp,
		Example: app.TrimExample(`
  TOKEN=$(latchkey token regenerate ci --save)
  latchkey token regenerate ci --grace 1h
  latchkey user list --role support --output name | xargs latchkey token regenerate --with-name --save`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return regenerateTokens(command.Context(), a, options, args, replacing)
		},
	}
	options.AddFlags(command)
	options.AddTokenFlags(command)
	addExpires(command, &replacing.expires)
	command.Flags().Var(&replacing.grace, "grace", "let the old token work on for this `duration` after the save (like 90m, 24h or 7d; at most 30d)")
	return command
}

// regeneration is what is said of a new token, and of the one that it replaces.
type regeneration struct {
	grace   app.Duration
	expires string
}

func regenerateTokens(ctx context.Context, a *app.App, options staging.Options, args []string, replacing regeneration) error {
	expiry, err := a.Expiry("expires", replacing.expires)
	if err != nil {
		return err
	}
	err = staging.Issue(ctx, a, options, args, func(user string, digest tokens.Digest) panel.Operation {
		return panel.RegenerateToken{User: user, Digest: digest, Grace: replacing.grace.Duration, Expiry: expiry}
	})
	if errors.Is(err, tokens.ErrNotEnabled) {
		return app.WithHint(err, "'latchkey token enable NAME' gives a user API access with a first token")
	}
	return err
}

func newDisable(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "disable NAME…", Short: "Stage the end of API access", Args: app.AtLeast(1, "a username"),
		Long: "Stage the end of API access. The token is gone for good: enabling again makes a new one.",
		Example: app.TrimExample(`
  latchkey token disable ci
  latchkey token disable ci --ensure --save -m "laptop stolen"`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return disableTokens(command.Context(), a, options, args)
		},
	}
	options.AddFlags(command)
	return command
}

func disableTokens(ctx context.Context, a *app.App, options staging.Options, args []string) error {
	return staging.Edit(ctx, a, options, staging.ForEach(args, func(name string) panel.Operation {
		return panel.DisableToken{User: name}
	})...)
}

func newList(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "list", SuggestFor: []string{"ls"}, Short: "List the live users' tokens by fingerprint", Args: app.NoArguments,
		Example: app.TrimExample(`
  latchkey token list
  latchkey token list --field token.issued_at`),
		Annotations: app.ViewExits(),
		RunE: func(command *cobra.Command, _ []string) error {
			return listTokens(command.Context(), a)
		},
	}
}

func newShow(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME…", Short: "Show users' tokens by fingerprint", Args: app.AtLeast(1, "a username"),
		Long: "Show whether users have API access, and the fingerprint of their live token. The token itself is not stored.",
		Example: app.TrimExample(`
  latchkey token show ci
  latchkey token show ci --field token.fingerprint`),
		Annotations: app.ViewExits(app.ExitUnknown),
		RunE: func(command *cobra.Command, args []string) error {
			return showTokens(command.Context(), a, args)
		},
	}
}

func listTokens(ctx context.Context, a *app.App) error {
	list := newTokenList()
	err := a.Panel(ctx, false, func(p panel.Panel) error {
		for access, err := range p.Tokens(ctx) {
			if err != nil {
				return err
			}
			addToken(&list, access)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return a.PrintList(list, "no users yet: 'latchkey user add NAME' stages one")
}

func showTokens(ctx context.Context, a *app.App, args []string) error {
	return a.Panel(ctx, false, func(p panel.Panel) error {
		users, err := p.TokensNamed(ctx, args, panel.View{Draft: a.DraftName()})
		if err != nil {
			return err
		}
		list := newTokenList()
		var staged []*panel.Staged
		for _, user := range users {
			staged = append(staged, user.Draft)
			addToken(&list, user.Access)
		}
		view.MentionStaged(a, staged...)
		return a.PrintList(list, "")
	})
}

func newTokenList() ui.List {
	return ui.List{Table: ui.Table{Columns: []string{"name", "access", "token", "issued", "retiring", "until", "used", "retiring used", "expires"}}}
}

func addToken(list *ui.List, access panel.Access) {
	row := []ui.Cell{{Text: access.Name, Style: ui.Strong}, view.AccessOf(access.APIAccess, access.Token), view.Token(access.Token), {}, {}, {},
		{Time: view.TimeOf(access.LastUsedAt)}, {Time: view.TimeOf(access.RetiringLastUsedAt)}, {}}
	if access.Token != nil {
		row[3], row[8] = ui.Cell{Time: access.Token.IssuedAt}, ui.Cell{Time: view.TimeOf(access.Token.ExpiresAt)}
	}
	if access.Retiring != nil {
		row[4], row[5] = ui.Cell{Text: access.Retiring.Fingerprint, Style: ui.Warn}, ui.Cell{Time: access.Retiring.Until}
	}
	list.Add(access.Name, access, row)
}
