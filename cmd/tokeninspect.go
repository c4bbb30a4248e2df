package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
	"latchkey/tokens"
)

func newTokenInspect(a *App) *cobra.Command {
	return &cobra.Command{
		Use: "inspect", Short: "Answer whether the token on standard input is well formed", Args: noArguments,
		Long: `Answer whether the token on standard input is well formed, its checksum right: exit 0 for yes, 3 for no. Its fingerprint
is printed, the token never. No database is opened: whether it authenticates anybody is the question of 'token verify'.`,
		Example: trimExample(`
  latchkey token inspect < token.txt
  latchkey token inspect --field fingerprint < token.txt`),
		Annotations: exitList(exitNo),
		RunE:        func(command *cobra.Command, _ []string) error { return a.inspectToken(command.Context()) },
	}
}

func (a *App) inspectToken(ctx context.Context) error {
	if err := a.checkOutput(inspectedShape{}); err != nil {
		return err
	}
	text, err := a.oneToken(ctx)
	if err != nil {
		return err
	}
	shape := inspect(text)
	fields := []ui.Field{{Key: "well formed", Value: yesOrNo(shape.WellFormed)}}
	if shape.Fingerprint != "" {
		fields = append(fields, ui.Field{Key: "fingerprint", Value: ui.Cell{Text: shape.Fingerprint}})
	}
	fields = append(fields, ui.Field{Key: "reason", Value: ui.Cell{Text: shape.Reason}})
	return a.printAnswer(shape.WellFormed, ui.Object{Fields: fields, Value: shape, Name: yesOrNo(shape.WellFormed).Text})
}

func inspect(text string) inspectedShape {
	token, err := tokens.Parse(text)
	if err != nil {
		return inspectedShape{Reason: notWellFormed(err)}
	}
	return inspectedShape{WellFormed: true, Fingerprint: token.Digest().Fingerprint(), Reason: "its shape and checksum are right"}
}
