package query

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
	"latchkey/perms"
)

// mostNearMisses is how many near misses a person is shown; JSON has all.
const mostNearMisses = 5

func newCan(a *app.App) *cobra.Command {
	var options stateOptions
	command := &cobra.Command{
		Use: "can NAME METHOD PATH | NAME PERM", Short: "Answer whether a user may do something, and by which rule",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 && len(args) != 3 {
				return app.WrongUsef("latchkey can needs a user and a permission, or a user, a method and a path: see 'latchkey can --help'")
			}
			return nil
		},
		Long: `Make the decision that the server makes, and print it: exit 0 for yes, 3 for no. Any other status is an error. The output
says which rule decided, through which role, and when the decision will change. For a no it also lists near misses: a rule
that has ended, a rule for another action or resource, or allow rules that a deny rule overrules. PATH may be a whole URL.

` + stateHelp,
		Example: app.TrimExample(`
  latchkey can ci orders:view
  latchkey can ci DELETE /api/v2/orders/5 || echo "may not"
  latchkey can ci orders:view --staged
  latchkey can ci orders:view --at 41`),
		Annotations: app.ExitList(app.ExitNo, app.ExitUnknown, app.ExitBusy, app.ExitRefused, app.ExitDamaged),
		RunE:        func(command *cobra.Command, args []string) error { return can(command.Context(), a, options, args) },
	}
	options.addFlags(command)
	return command
}

func can(ctx context.Context, a *app.App, options stateOptions, args []string) error {
	if err := options.check(); err != nil {
		return err
	}
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	if err := checkOrder(args); err != nil {
		return err
	}
	question, err := parseQuestion(args[1:])
	if err != nil {
		return err
	}
	return a.Panel(ctx, false, func(p panel.Panel) error {
		var err error
		if question.State, err = options.state(ctx, a, p); err != nil {
			return err
		}
		answer, err := p.Can(ctx, args[0], question)
		if err != nil {
			return err
		}
		options.report(a, answer.State)
		if options.name() == "live" {
			mentionStaged(a, answer.State)
		}
		if err := printer.Object(decisionObject(answer)); err != nil {
			return err
		}
		if !answer.Allowed {
			return app.ExitStatus(app.ExitNo)
		}
		return nil
	})
}

// mentionStaged says what is staged of the user or its roles.
func mentionStaged(a *app.App, state panel.AskedState) {
	for _, staged := range state.Staged {
		a.Messages().Info("staged, not live: %s: %s; --staged counts it", staged.Object, staging.InWords(staged))
	}
}

// decisionObject is the answer for people: only what there is.
func decisionObject(answer panel.Answer) ui.Object {
	shape := answer.Decision
	verdict := verdictCell(shape.Allowed)
	object := ui.Object{Value: shape, Name: verdict.Text}
	add := func(key string, cell ui.Cell) { object.Fields = append(object.Fields, ui.Field{Key: key, Value: cell}) }
	add("allowed", verdict)
	add("user", ui.Cell{Text: shape.User, Style: ui.Strong})
	if shape.Permission != "" {
		add("permission", ui.Cell{Text: shape.Permission})
	}
	add("reason", ui.Cell{Text: shape.Reason})
	if !shape.APIAccess {
		add("with access", ui.Cell{Text: verdictCell(shape.RulesAllow).Text + ", " + answer.ByRules})
	}
	if shape.Until != nil {
		add("until", ui.Cell{Time: *shape.Until})
	}
	for _, rule := range shape.Overruled {
		add("overruled", ui.Cell{Text: view.RuleInWords(rule), Style: ui.Warn})
	}
	for i, near := range shape.NearMisses {
		if i == mostNearMisses {
			add("near miss", ui.Cell{Text: fmt.Sprintf("and %d more", len(shape.NearMisses)-i), Style: ui.Dim})
			break
		}
		add("near miss", ui.Cell{Text: missInWords[near.Miss] + ": " + view.RuleInWords(near.HeldRule), Style: ui.Warn})
	}
	return object
}

var missInWords = map[perms.Miss]string{
	perms.Ended: "ended", perms.OtherAction: "other action", perms.OtherResource: "other resource",
}

func verdictCell(allowed bool) ui.Cell {
	if allowed {
		return ui.Cell{Text: "yes", Style: ui.Good}
	}
	return ui.Cell{Text: "no", Style: ui.Bad}
}
