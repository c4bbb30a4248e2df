package token

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

func newVerify(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "verify NAME", Short: "Answer whether the token on standard input is a user's live one", Args: app.Exactly(1, "a username"),
		Long: `Answer whether the token on standard input would authenticate the user now: exit 0 for yes, 3 for no. It is one line of
at most 1 KiB, whose end does not belong to the token. A retiring token counts while its grace lasts.`,
		Example: app.TrimExample(`
  latchkey token verify ci < /run/credentials/token
  latchkey token verify ci --field token < token.txt`),
		Annotations: app.ViewExits(app.ExitNo, app.ExitUnknown),
		RunE:        func(command *cobra.Command, args []string) error { return verifyToken(command.Context(), a, args) },
	}
}

func verifyToken(ctx context.Context, a *app.App, args []string) error {
	if err := a.CheckOutput(VerifiedShape{}); err != nil {
		return err
	}
	text, err := readToken(ctx, a)
	if err != nil {
		return err
	}
	return view.Objects(ctx, a, model.KindUser, view.Tokens, args, func(database *db.DB, users []model.Object) error {
		staged, err := database.StagedOf(ctx, a.Draft(), []string{users[0].Name})
		if err != nil && !errors.Is(err, model.ErrNotStaged) {
			return err
		}
		now, err := database.Now(ctx)
		if err != nil {
			return err
		}
		shape := verify(users[0], staged, text, now)
		return printResult(a, shape.Live, verifiedObject(shape))
	})
}

// verify decides as an API request is decided: by the digest of what is presented, whatever it looks like. Only for a
// no does it look for the reason.
func verify(user model.Object, staged []drafts.Staged, text string, now verifiedtime.Time) VerifiedShape {
	digest := tokens.DigestOf(text)
	_, malformed := tokens.Parse(text)
	shape := VerifiedShape{User: user.Name, Live: user.Access.Accepts(digest, now)}
	if malformed == nil || shape.Live {
		shape.Fingerprint = digest.Fingerprint()
	}
	switch {
	case shape.Live && user.Access.Current.Equal(digest):
		shape.Token, shape.Reason = "current", "it is the current token"
	case shape.Live:
		shape.Token, shape.Until = "retiring", &user.Access.RetiringUntil
		shape.Reason = "it is the retiring token, which lives on until " + user.Access.RetiringUntil.Format(time.RFC3339)
	case malformed != nil:
		shape.Reason = notWellFormed(malformed)
	case isStaged(staged, digest):
		shape.Reason = "it is staged, not live: 'latchkey save' makes it work"
	case !user.Access.Enabled():
		shape.Reason = "API access is off"
	case user.Access.Retiring.Equal(digest) && now.Behind():
		shape.Reason = "it is the retiring token, which has no grace while the clock is behind"
	case user.Access.Retiring.Equal(digest):
		shape.Reason = "the grace of the retiring token ended at " + user.Access.RetiringUntil.Format(time.RFC3339)
	default:
		shape.Reason = "no such token of " + user.Name
	}
	return shape
}

func isStaged(staged []drafts.Staged, digest tokens.Digest) bool {
	return len(staged) > 0 && staged[0].Next != nil && staged[0].Next.Access.Current.Equal(digest)
}

// notWellFormed says what is wrong with a text that is no token. The error's text holds nothing of it.
func notWellFormed(err error) string {
	return "not well formed: " + strings.TrimPrefix(err.Error(), tokens.ErrMalformed.Error()+": ")
}

func verifiedObject(shape VerifiedShape) ui.Object {
	object := ui.Object{Value: shape, Name: yesOrNo(shape.Live).Text,
		Fields: []ui.Field{{Key: "live", Value: yesOrNo(shape.Live)}, {Key: "user", Value: ui.Cell{Text: shape.User}}}}
	if shape.Token != "" {
		object.Fields = append(object.Fields, ui.Field{Key: "token", Value: ui.Cell{Text: shape.Token}})
	}
	if shape.Fingerprint != "" {
		object.Fields = append(object.Fields, ui.Field{Key: "fingerprint", Value: ui.Cell{Text: shape.Fingerprint}})
	}
	object.Fields = append(object.Fields, ui.Field{Key: "reason", Value: ui.Cell{Text: shape.Reason}})
	return object
}

// printResult prints a yes or no, and makes the exit status of it.
func printResult(a *app.App, yes bool, object ui.Object) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	if err := printer.Object(object); err != nil || yes {
		return err
	}
	return app.ExitStatus(app.ExitNo)
}

func yesOrNo(yes bool) ui.Cell {
	if yes {
		return ui.Cell{Text: "yes", Style: ui.Good}
	}
	return ui.Cell{Text: "no", Style: ui.Bad}
}

// VerifiedShape is what `token verify` prints: a contract, docs/json.md.
type VerifiedShape struct {
	Live        bool       `json:"live"`
	User        string     `json:"user"`
	Token       string     `json:"token"`       // "current" or "retiring"; empty: it is not live
	Until       *time.Time `json:"until"`       // when the retiring token ends
	Fingerprint string     `json:"fingerprint"` // empty: not well formed
	Reason      string     `json:"reason"`
}
