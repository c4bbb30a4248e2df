package token

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// longestReport is how much of a report on leaks is read, in bytes.
const longestReport = 16 << 20

var editTokens = perms.Permission{Resource: "tokens", Action: "edit"}

func newRevoke(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "revoke", Short: "Stage the end of API access for whoever owns a leaked token", Args: app.NoArguments,
		Long: `Read leaked tokens from standard input and stage the end of API access for every user whose current or retiring token is
among them, all in one edit. The input may be any text of at most 16 MiB, such as the report of a secret scanner.

Tokens are found in every line, wherever they stand, also with lk%5F for lk_ and in base64, as in 'Authorization: Basic',
if it is not broken over lines. Fingerprints count where latchkey prints them: alone in a line or in a column of a list,
or behind the word token, retiring or fingerprint. The SHA-256 of a token counts at the beginning of a line, as sha256sum
prints it. In lines that begin with '#' only tokens count. A token that is written in any other way is not found.

Standard output has a line for each token that was live: NAME<TAB>FINGERPRINT. What belongs to nobody is told on standard
error, by fingerprint, and a warning tells the lines with something like a token that is none. If nobody has any of them
there is nothing to do and the exit status is 0: with --save, 0 means that none of the tokens that were found works any
more. If nothing in the input looks like a token that is 0 too, with a warning that says how many lines were read.`,
		Example: app.TrimExample(`
  latchkey token revoke --save -m "found in a public repository" < report.json
  echo 0123456789ab | latchkey token revoke --save`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, _ []string) error {
			return revokeTokens(command.Context(), a, options)
		},
	}
	options.AddFlags(command)
	return command
}

func revokeTokens(ctx context.Context, a *app.App, options staging.Options) error {
	if err := errors.Join(options.Check(), a.CheckOutput(RevokedShape{})); err != nil {
		return err
	}
	leaked, err := readLeaks(ctx, a)
	if err != nil {
		return err
	}
	return a.With(ctx, true, func(database *db.DB) error {
		if err := database.Require(ctx, a.Operator(), editTokens); err != nil {
			return err
		}
		owners, err := database.Owners(ctx, leaked.any)
		if err != nil {
			return err
		}
		drafts, err := database.Drafts(ctx)
		if err != nil {
			return err
		}
		reportUnowned(a, leaked, owners, drafts)
		if len(owners) > 0 {
			names := namesToEdit(a, owners, drafts, options.Save)
			if err := commitRevocation(ctx, a, database, options, leaked, names); err != nil {
				return err
			}
		}
		return printRevoked(a, leaked, owners)
	})
}

func commitRevocation(ctx context.Context, a *app.App, database *db.DB, options staging.Options, leaked leaks, names []string) error {
	edit := db.Edit{Kind: model.KindUser, Draft: a.Draft(), Names: names, Change: leaked.revocation(options.Save)}
	if _, err := staging.Commit(ctx, a, database, options, edit); err != nil || !options.Save {
		return err
	}
	// Somebody may have renamed an owner, or saved a leaked token, since the owners were looked for.
	left, err := database.Owners(ctx, leaked.any)
	conflict := &model.ConflictError{Undone: "not all were revoked", Hint: "run the command again"}
	for _, owner := range left {
		conflict.Conflicts = append(conflict.Conflicts, model.Conflict{Name: owner.Name, Reason: "changed meanwhile"})
	}
	if err == nil && len(left) > 0 {
		err = conflict
	}
	return err
}

func readLeaks(ctx context.Context, a *app.App) (leaks, error) {
	if ui.IsTerminal(a.In) {
		if !a.MayAsk() {
			return leaks{}, app.ErrNoInput
		}
		if _, err := a.Err.Write([]byte("Tokens or fingerprints, one a line; Ctrl-D ends them:\n")); err != nil {
			return leaks{}, err
		}
	}
	text, err := a.Input(ctx, longestReport)
	if err != nil {
		return leaks{}, err
	}
	if strings.ContainsRune(text, 0) {
		return leaks{}, app.WrongUsef("standard input has zero bytes, so it is no text, or text as UTF-16: convert it to UTF-8")
	}
	return findLeaks(text, a.Clock()), nil
}

// revocation is the change that disables. A save looks at the live state again: whoever was regenerated or removed since
// the owners were looked for has a token that is not leaked, or none.
func (l *leaks) revocation(save bool) model.Change {
	return func(subject *model.Subject) error {
		if subject.Next == nil || save && len(l.of(subject.Next.Access)) == 0 {
			return nil
		}
		access, err := tokens.Disable(subject.Next.Access)
		switch {
		case err == nil:
			subject.Next.Access = access
			return nil
		case subject.Live == nil || !subject.Live.Access.Enabled(): // the draft would not touch the access
			return &model.ConflictError{Undone: "nothing was staged", Hint: "'latchkey rebase' first, or run the command with --save",
				Conflicts: []model.Conflict{{Name: subject.Name, Reason: "got API access since your draft of it began"}}}
		}
		return nil // staged already
	}
}

// namesToEdit names the owners as the edit finds them: by their live names, or by those that the operator's draft gives.
func namesToEdit(a *app.App, owners []db.Owner, drafts []db.OpenDraft, save bool) []string {
	staged := map[int64]string{}
	for _, draft := range drafts {
		if save || draft.Draft.Operator.Name != a.Draft().Operator.Name || draft.Draft.Name != a.Draft().Name {
			continue
		}
		for _, object := range draft.Staged {
			staged[object.ID()] = object.Name()
		}
	}
	names := make([]string, 0, len(owners))
	for _, owner := range owners {
		name, found := staged[owner.UserID]
		if !found {
			name = owner.Name
		}
		names = append(names, name)
	}
	return names
}

// RevokedShape is a leaked token and whose it was, as `token revoke` prints it: a contract, docs/json.md.
type RevokedShape struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
	Token       string `json:"token"` // "current" or "retiring"
}
