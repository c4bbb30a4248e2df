package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/tokens"
)

func newToken(a *App) *cobra.Command {
	return noun("token", "Tokens: enable, disable, regenerate", `
A token is made, and shown this once, when it is staged. Until the save the old one works and the new one does not;
from the save on it is the reverse. Only its SHA-256 is stored; lists show its first 12 hex digits, the fingerprint.`, `
  latchkey token enable ci
  TOKEN=$(latchkey token regenerate ci --save)`,
		newTokenEnable(a), newTokenDisable(a), newTokenRegenerate(a), newTokenShow(a), newTokenList(a),
		newTokenVerify(a), newTokenInspect(a), newTokenRevoke(a))
}

const tokenOutput = `The token goes to standard output, alone for one user, as NAME<TAB>TOKEN lines for several; everything else goes to
standard error. It is written before anything is stored: it counts only if the exit status is 0.`

func newTokenEnable(a *App) *cobra.Command {
	var options editOptions
	command := &cobra.Command{
		Use: "enable NAME…", SuggestFor: []string{"add", "create", "new"}, Short: "Stage API access with a new token", Args: atLeast(1, "a username"),
		Long: "Stage API access with a new token.\n\n" + tokenOutput,
		Example: trimExample(`
  latchkey token enable ci
  TOKEN=$(latchkey token enable ci --save)`),
		Annotations: editExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return a.enableTokens(command.Context(), options, args)
		},
	}
	options.addFlags(command)
	return command
}

func (a *App) enableTokens(ctx context.Context, options editOptions, args []string) error {
	names, err := canonicalNames(args)
	if err != nil {
		return err
	}
	return a.issue(ctx, options, names, alreadySo{tokens.ErrAlreadyEnabled},
		func(fresh func(user string) tokens.Digest) db.Change { return edits.Enable(fresh, a.Clock()) })
}

func newTokenRegenerate(a *App) *cobra.Command {
	var options editOptions
	var grace duration
	command := &cobra.Command{
		Use: "regenerate NAME…", SuggestFor: []string{"rotate", "reset", "renew"}, Short: "Stage a new token in place of the present one", Args: atLeast(1, "a username"),
		Long: "Stage a new token. The save that makes it work ends the old one, at once or after a grace.\n\n" + tokenOutput,
		Example: trimExample(`
  TOKEN=$(latchkey token regenerate ci --save)
  latchkey token regenerate ci --grace 1h`),
		Annotations: editExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return a.regenerateTokens(command.Context(), options, args, grace)
		},
	}
	options.addFlags(command)
	command.Flags().Var(&grace, "grace", "let the old token work on for this `duration` after the save (like 90m, 24h or 7d; at most 30d)")
	return command
}

func (a *App) regenerateTokens(ctx context.Context, options editOptions, args []string, grace duration) error {
	names, err := canonicalNames(args)
	if err != nil {
		return err
	}
	return a.issue(ctx, options, names, nil,
		func(fresh func(user string) tokens.Digest) db.Change {
			return edits.Regenerate(fresh, grace.Duration, a.Clock())
		})
}

func newTokenDisable(a *App) *cobra.Command {
	var options editOptions
	command := &cobra.Command{
		Use: "disable NAME…", Short: "Stage the end of API access", Args: atLeast(1, "a username"),
		Long: "Stage the end of API access. The token is gone for good: enabling again makes a new one.",
		Example: trimExample(`
  latchkey token disable ci
  latchkey token disable ci --ensure --save -m "laptop stolen"`),
		Annotations: editExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return a.disableTokens(command.Context(), options, args)
		},
	}
	options.addFlags(command)
	return command
}

func (a *App) disableTokens(ctx context.Context, options editOptions, args []string) error {
	names, err := canonicalNames(args)
	if err != nil {
		return err
	}
	change := alreadySo{tokens.ErrNotEnabled}.accept(edits.Disable(), options.ensure)
	return a.edit(ctx, options, db.KindUser, names, change)
}

func newTokenList(a *App) *cobra.Command {
	return &cobra.Command{
		Use: "list", SuggestFor: []string{"ls"}, Short: "List the live users' tokens by fingerprint", Args: noArguments,
		Example: trimExample(`
  latchkey token list
  latchkey token list --field token.issued_at`),
		Annotations: viewExits(),
		RunE: func(command *cobra.Command, _ []string) error {
			return a.viewing(command.Context(), viewTokens, func(database *db.DB) error {
				users, err := database.Users(command.Context())
				if err != nil {
					return err
				}
				return a.printTokens(command.Context(), users)
			})
		},
	}
}

func newTokenShow(a *App) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME…", Short: "Show users' tokens by fingerprint", Args: atLeast(1, "a username"),
		Long: "Show whether users have API access, and the fingerprint of their live token. The token itself is not stored.",
		Example: trimExample(`
  latchkey token show ci
  latchkey token show ci --field token.fingerprint`),
		Annotations: viewExits(exitUnknown),
		RunE: func(command *cobra.Command, args []string) error {
			return a.withUsers(command.Context(), viewTokens, args, func(users []db.Object) error {
				return a.printTokens(command.Context(), users)
			})
		},
	}
}

func (a *App) printTokens(ctx context.Context, users []db.Object) error {
	list := ui.List{Table: ui.Table{Columns: []string{"name", "access", "token", "issued", "retiring", "until", "used", "retiring used"}}}
	var whose int64
	if len(users) == 1 {
		whose = users[0].ID
	}
	uses := a.readLastUses(ctx, whose)
	for _, user := range users {
		shape := wire.AccessOf(user, uses)
		row := []ui.Cell{{Text: user.Name, Style: ui.Strong}, accessCell(user), tokenCell(user), {Time: user.Access.IssuedAt}, {}, {},
			{Time: timeOf(shape.LastUsedAt)}, {Time: timeOf(shape.RetiringLastUsedAt)}}
		if !user.Access.Retiring.IsZero() {
			row[4] = ui.Cell{Text: user.Access.Retiring.Fingerprint(), Style: ui.Warn}
			row[5] = ui.Cell{Time: user.Access.RetiringUntil}
		}
		list.Table.Rows = append(list.Table.Rows, row)
		list.Names = append(list.Names, user.Name)
		list.Values = append(list.Values, shape)
	}
	return a.printList(list, "no users yet: 'latchkey user add NAME' stages one")
}
