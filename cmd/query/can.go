package query

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
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
		Long: `Answer with the decision the server makes: exit 0 for yes, 3 for no, never confused with an error. The answer says which
rule decided, through which role, and when it changes by itself. A no says what came near: a rule that has ended, or is
for another action or resource, or the allow rules that a deny beats. PATH may be a whole URL.

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
	names, err := app.CanonicalNames(args[:1])
	if err != nil {
		return err
	}
	asked, err := parseQuestion(args[1:])
	if err != nil {
		return err
	}
	return view.Permitted(ctx, a, view.Users, func(database *db.DB) error {
		decision, err := decide(ctx, a, database, options, names[0], asked)
		if err != nil {
			return err
		}
		if err := printer.Object(decisionObject(decision)); err != nil {
			return err
		}
		if !decision.Allowed() {
			return app.ExitStatus(app.ExitNo)
		}
		return nil
	})
}

// decide asks the state that the flags name. Where that is the live one, it mentions what is staged.
func decide(ctx context.Context, a *app.App, database *db.DB, options stateOptions, name string, asked question) (wire.Decided, error) {
	staged, err := database.Staged(ctx, a.Draft())
	if err != nil {
		return wire.Decided{}, err
	}
	decided := wire.Decided{State: options.name()}
	err = inState(ctx, a, database, options, func(holders *db.Holders) (err error) {
		if decided.Request, err = asked.resolve(holders.Catalogue); err != nil {
			return err
		}
		decided.Holder, err = holders.Find(ctx, name)
		decided.Moment, decided.Revision = holders.Now.At().UTC(), holders.Revision.Number
		decided.Explanation = decided.Request.Explain(decided.Holder.Rules, holders.Now)
		return err
	})
	if options.name() == "live" {
		err = view.StagedOnly(err, model.KindUser, name, staged)
		mentionStagedOf(a, decided.Holder, staged)
	}
	return decided, err
}

// mentionStagedOf says what is staged of a user or its roles.
func mentionStagedOf(a *app.App, holder db.Holder, staged []drafts.Staged) {
	labels := map[string]bool{model.Label(model.KindUser, holder.Name): true}
	for _, rule := range holder.Rules {
		labels[model.Label(model.KindRole, rule.Role)] = true
	}
	for _, draft := range staged {
		if draft.Base != nil && labels[model.Label(draft.Kind(), draft.Base.Name)] {
			a.Messages().Info("staged, not live: %s: %s; --staged counts it", draft.Label(), staging.InWords(draft.Change()))
		}
	}
}

// decisionObject is the answer for people: only what there is.
func decisionObject(d wire.Decided) ui.Object {
	shape := wire.DecisionOf(d)
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
		add("with access", ui.Cell{Text: verdictCell(shape.RulesAllow).Text + ", " + d.ByRules()})
	}
	if shape.Until != nil {
		add("until", ui.Cell{Time: *shape.Until})
	}
	for _, rule := range d.Overruled {
		add("overruled", ui.Cell{Text: edits.InWords(rule), Style: ui.Warn})
	}
	for i, near := range d.NearMisses {
		if i == mostNearMisses {
			add("near miss", ui.Cell{Text: fmt.Sprintf("and %d more", len(d.NearMisses)-i), Style: ui.Dim})
			break
		}
		add("near miss", ui.Cell{Text: missInWords[near.Miss] + ": " + edits.InWords(near.Rule), Style: ui.Warn})
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
