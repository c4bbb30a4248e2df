package token

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/tokens"
)

func newInspect(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "inspect", Short: "Answer whether the token on standard input is well formed", Args: app.NoArguments,
		Long: `Check whether the token on standard input is well formed and its checksum right: exit 0 for yes, 3 for no. Its fingerprint is
printed, never the token. No database is opened. Use 'token verify' to ask whether the token works.`,
		Example: app.TrimExample(`
  latchkey token inspect < token.txt
  latchkey token inspect --field fingerprint < token.txt`),
		Annotations: app.ExitList(app.ExitNo),
		RunE:        func(command *cobra.Command, _ []string) error { return inspectToken(command.Context(), a) },
	}
}

func inspectToken(ctx context.Context, a *app.App) error {
	if err := a.CheckOutput(InspectedShape{}); err != nil {
		return err
	}
	text, err := readToken(ctx, a)
	if err != nil {
		return err
	}
	shape := inspect(text)
	fields := []ui.Field{{Key: "well formed", Value: yesOrNo(shape.WellFormed)}}
	if shape.Fingerprint != "" {
		fields = append(fields, ui.Field{Key: "fingerprint", Value: ui.Cell{Text: shape.Fingerprint}})
	}
	fields = append(fields, ui.Field{Key: "reason", Value: ui.Cell{Text: shape.Reason}})
	return printResult(a, shape.WellFormed, ui.Object{Fields: fields, Value: shape, Name: yesOrNo(shape.WellFormed).Text})
}

func inspect(text string) InspectedShape {
	token, err := tokens.Parse(text)
	if err != nil {
		return InspectedShape{Reason: notWellFormed(err)}
	}
	return InspectedShape{WellFormed: true, Fingerprint: token.Digest().Fingerprint(), Reason: "its shape and checksum are right"}
}

// InspectedShape is what `token inspect` prints: a contract, docs/json.md.
type InspectedShape struct {
	WellFormed  bool   `json:"well_formed"`
	Fingerprint string `json:"fingerprint"` // empty: not well formed
	Reason      string `json:"reason"`
}
