package draft

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/panel"
	"latchkey/perms/username"
)

func newDiscard(a *app.App) *cobra.Command {
	var operator operatorName
	command := &cobra.Command{
		Use: "discard [NAME|KIND:NAME…]", Short: "Forget your draft", Args: cobra.ArbitraryArgs,
		Long: `Forget your draft, or only the part of it about the named users. The live state stays. Staged tokens will never work.

--operator forgets a draft that somebody else has abandoned. It shows what will be lost, and asks. With --as this takes *:*.
Each operator has one draft without a name. --draft makes others. 'latchkey status --all' lists all drafts.`,
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
	return a.Panel(ctx, true, func(p panel.Panel) error {
		discarded, err := p.Discard(ctx, a.DraftName(), args)
		if err != nil {
			return err
		}
		for _, staged := range discarded {
			a.Messages().Done("discarded %s: %s", staged.Object, staging.InWords(staged))
		}
		if len(discarded) == 0 {
			a.Messages().Info("nothing is staged")
		}
		return nil
	})
}

// discardOf forgets another operator's draft once somebody has seen what is lost.
func discardOf(ctx context.Context, a *app.App, operator string, args []string) error {
	if operator == a.Operator().Owner() {
		return discard(ctx, a, args)
	}
	name := a.DraftName()
	return a.Panel(ctx, true, func(p panel.Panel) error {
		staged, err := p.DiffOf(ctx, operator, name, args)
		if err != nil {
			return err
		}
		if len(staged) == 0 {
			a.Messages().Info("%s has nothing staged in %s; 'latchkey status --all' lists every draft", operator, draftInWords(name))
			return nil
		}
		for _, one := range staged {
			a.Messages().Warn("this is lost: %s: %s", one.Object, staging.InWords(one))
		}
		if err := a.Confirm(ctx, fmt.Sprintf("Forget this of %s, in %s?", operator, draftInWords(name))); err != nil {
			return err
		}
		if err := p.DiscardOf(ctx, operator, name, staged); err != nil {
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
