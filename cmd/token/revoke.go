package token

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/db"
	"latchkey/db/drafts"
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

Tokens are found wherever they stand, also with lk%5F for lk_ and in base64, as in 'Authorization: Basic', if it is not
broken over lines. Fingerprints and the SHA-256 of tokens, as sha256sum prints it, are found where they stand as words of
their own, but not in lines that begin with '#'. A token that is written in any other way is not found.

Standard output has a line for each token that was live: NAME<TAB>FINGERPRINT. What belongs to nobody is printed on standard
error, by fingerprint, and a warning names the lines with something like a token that is none. If nobody has any of them
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
		if leaked.now, err = database.Now(ctx); err != nil {
			return err
		}
		owners, err := database.Owners(ctx, leaked.isLive)
		if err != nil {
			return err
		}
		drafts, err := database.Drafts(ctx)
		if err != nil {
			return err
		}
		var revoked []RevokedShape
		for _, owner := range owners {
			revoked = append(revoked, leaked.live(owner.Name, owner.Access)...)
		}
		reportOthers(a, leaked, revoked, drafts)
		if len(owners) > 0 {
			if err := disableOwners(ctx, a, database, options, leaked, owners); err != nil {
				return err
			}
		}
		return printRevoked(a, revoked)
	})
}

func disableOwners(ctx context.Context, a *app.App, database *db.DB, options staging.Options, leaked leaks, owners []db.Owner) error {
	names, err := namesToEdit(ctx, a, database, owners, options.Save)
	if err != nil {
		return err
	}
	edit := db.Edit{Kind: model.KindUser, Draft: a.Draft(), Names: names, Change: leaked.revocation(options.Save)}
	if _, err := staging.Commit(ctx, a, database, options, edit); err != nil || !options.Save {
		return err
	}
	// Somebody may have renamed an owner, or saved a leaked token, since the owners were looked for.
	left, err := database.Owners(ctx, leaked.isLive)
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
	return findLeaks(text), nil
}

// revocation is the change that disables. A save looks at the live state again: whoever was regenerated or removed since
// the owners were looked for has a token that is not leaked, or none.
func (l *leaks) revocation(save bool) model.Change {
	return func(subject *model.Subject) error {
		if subject.Next == nil || save && !l.isLive(subject.Next.Access) {
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
func namesToEdit(ctx context.Context, a *app.App, database *db.DB, owners []db.Owner, save bool) ([]string, error) {
	inDraft := map[int64]string{}
	if !save {
		staged, err := database.Staged(ctx, a.Draft())
		if err != nil {
			return nil, err
		}
		for _, object := range staged {
			inDraft[object.ID()] = object.Name()
		}
	}
	names := make([]string, len(owners))
	for i, owner := range owners {
		names[i] = cmp.Or(inDraft[owner.UserID], owner.Name)
	}
	return names, nil
}

// reportOthers prints, by fingerprint, which of the leaked tokens are nobody's live ones.
func reportOthers(a *app.App, leaked leaks, revoked []RevokedShape, drafts []drafts.OpenDraft) {
	messages, known := a.Messages(), map[string]bool{}
	for _, shape := range revoked {
		known[shape.Fingerprint] = true
	}
	for _, draft := range drafts {
		for _, staged := range draft.Staged {
			if digest := freshToken(staged); leaked.has(digest) && !known[digest.Fingerprint()] {
				known[digest.Fingerprint()] = true
				messages.Warn("%s is staged for %s by %s, not live: a save would make it work; regenerate it again, or 'latchkey discard' it",
					digest, staged.Label(), draft.Draft.Operator.Name)
			}
		}
	}
	for _, fingerprint := range leaked.found {
		if !known[fingerprint] {
			messages.Info("%s is nobody's live token", fingerprint)
		}
	}
	for _, line := range leaked.incomplete {
		messages.Warn("line %d has something like a token that is none: is it cut off, mistyped or blotted out?", line)
	}
	switch {
	case len(leaked.found) == 0 && len(leaked.incomplete) == 0 && leaked.lines > 0:
		messages.Warn("lines read: %d; nothing in them looks like a token or a fingerprint: nothing to revoke", leaked.lines)
	case len(leaked.found) == 0:
		messages.Info("no token and no fingerprint in the input: nothing to revoke")
	case len(revoked) == 0:
		messages.Info("nobody has any of them: nothing to revoke")
	}
}

// freshToken is the token that a draft makes; zero where it makes none.
func freshToken(staged drafts.Staged) tokens.Digest {
	if staged.Next == nil || staged.Base != nil && staged.Base.Access.Current.Equal(staged.Next.Access.Current) {
		return tokens.Digest{}
	}
	return staged.Next.Access.Current
}

func printRevoked(a *app.App, revoked []RevokedShape) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	list := ui.List{Table: ui.Table{Columns: []string{"name", "token"}}}
	for _, shape := range revoked {
		list.Names = append(list.Names, shape.Name)
		list.Values = append(list.Values, shape)
		list.Table.Rows = append(list.Table.Rows, []ui.Cell{{Text: shape.Name, Style: ui.Strong}, {Text: shape.Fingerprint}})
	}
	list.Names = slices.Compact(list.Names)
	return printer.List(list)
}

// RevokedShape is a leaked token and whose it was, as `token revoke` prints it: a contract, docs/json.md.
type RevokedShape struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
	Token       string `json:"token"` // "current" or "retiring"
}
