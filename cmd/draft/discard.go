package draft

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms/username"
)

func newDiscard(a *app.App) *cobra.Command {
	var operator operatorName
	command := &cobra.Command{
		Use: "discard [NAME|KIND:NAME…]", Short: "Forget your draft", Args: cobra.ArbitraryArgs,
		Long: `Forget your draft, or only that of the named users. The live state stays; staged tokens never work.

--operator is for a draft that somebody else has abandoned: it shows what is lost, and asks. With --as it takes *:*.
Each operator has a draft without a name, and others by --draft; 'latchkey status --all' lists all.`,
		Example: app.TrimExample(`
  latchkey discard
  latchkey discard ci
  latchkey discard --operator os:ann --draft nightly`),
		Annotations: app.ViewExits(app.ExitState, app.ExitConflict, app.ExitUnconfirmed),
		RunE: func(command *cobra.Command, args []string) error {
			if operator != "" {
				return discardOf(command.Context(), a, string(operator), args)
			}
			return discard(command.Context(), a, args)
		},
	}
	command.Flags().Var(&operator, "operator", "forget the draft of this operator, such as os:ann or user:alice")
	return command
}

func discard(ctx context.Context, a *app.App, args []string) error {
	labels, err := app.CanonicalLabels(args)
	if err != nil {
		return err
	}
	return a.With(ctx, true, func(database *db.DB) error {
		discarded, err := database.Discard(ctx, a.Draft(), labels)
		if err != nil {
			return err
		}
		for _, staged := range discarded {
			a.Messages().Done("discarded %s: %s", staged.Label(), staging.InWords(staged.Change()))
		}
		if len(discarded) == 0 {
			a.Messages().Info("nothing is staged")
		}
		return nil
	})
}

// discardOf forgets another operator's draft once somebody has seen what is lost.
func discardOf(ctx context.Context, a *app.App, operator string, args []string) error {
	if operator == a.Operator().Name {
		return discard(ctx, a, args)
	}
	labels, err := app.CanonicalLabels(args)
	if err != nil {
		return err
	}
	draft := drafts.Draft{Operator: model.Operator{Name: operator}, Name: a.Draft().Name}
	return a.With(ctx, true, func(database *db.DB) error {
		if err := database.RequireEverything(ctx, a.Operator()); err != nil {
			return err
		}
		staged, err := database.StagedOf(ctx, draft, labels)
		if err != nil {
			return err
		}
		if len(staged) == 0 {
			a.Messages().Info("%s has nothing staged in %s; 'latchkey status --all' lists every draft", operator, draftInWords(draft.Name))
			return nil
		}
		for _, one := range staged {
			a.Messages().Warn("this is lost: %s: %s", one.Label(), staging.InWords(one.Change()))
		}
		if err := a.Confirm(ctx, fmt.Sprintf("Forget this of %s, in %s?", operator, draftInWords(draft.Name))); err != nil {
			return err
		}
		if err := database.DiscardOf(ctx, a.Operator(), draft, staged); err != nil {
			return err
		}
		a.Messages().Done("discarded %d of %s", len(staged), operator)
		return nil
	})
}

func draftInWords(name string) string {
	if name == "" {
		return "the draft without a name"
	}
	return "draft " + name
}

// operatorName is a flag value: an operator as they are listed.
type operatorName string

// String is the flag's value.
func (o *operatorName) String() string { return string(*o) }

// Type is the word for the value in help texts.
func (o *operatorName) Type() string { return "operator" }

// Set reads the flag.
func (o *operatorName) Set(text string) error {
	if name, isUser := strings.CutPrefix(text, "user:"); isUser {
		canonical, err := username.Canonical(name)
		*o = operatorName("user:" + canonical)
		return err
	}
	if name, isOS := strings.CutPrefix(text, "os:"); !isOS || name == "" {
		return fmt.Errorf("%q is no operator: they are written os:ann, or user:alice", text)
	}
	*o = operatorName(text)
	return nil
}
