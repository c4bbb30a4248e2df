package draft

import (
	"context"
	"fmt"
	"strings"
	"time"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/model"
)

// listDrafts lists what all operators have staged.
func listDrafts(ctx context.Context, a *app.App) error {
	return a.Viewing(ctx, app.ViewUsers, func(database *db.DB) error {
		drafts, err := database.Drafts(ctx)
		if err != nil {
			return err
		}
		a.Story().Note("database: %s", database.Path())
		list := ui.List{Table: ui.Table{Columns: []string{"operator", "draft", "staged", "fields", "last edit", "conflict"}, Flexible: "staged"}}
		for _, draft := range drafts {
			list.Names = append(list.Names, draft.Draft.Operator.Name)
			list.Values = append(list.Values, shapeOfDraft(draft))
			list.Table.Rows = append(list.Table.Rows, draftRow(shapeOfDraft(draft)))
		}
		return a.PrintList(list, "nobody has anything staged")
	})
}

func shapeOfDraft(draft db.OpenDraft) app.OpenDraftShape {
	shape := app.OpenDraftShape{Operator: draft.Draft.Operator.Name, Draft: draft.Draft.Name, Staged: []wire.Staged{}}
	for _, staged := range draft.Staged {
		one := wire.StagedOf(staged)
		shape.Staged = append(shape.Staged, one)
		shape.Conflict = shape.Conflict || one.Conflict
		if one.StagedAt.After(shape.StagedAt) {
			shape.StagedAt = one.StagedAt
		}
	}
	return shape
}

func draftRow(shape app.OpenDraftShape) []ui.Cell {
	labels, fields := []string{}, 0
	for _, staged := range shape.Staged {
		labels = append(labels, staged.Object)
		fields += len(staged.Fields)
	}
	conflict := ui.Cell{Text: "no"}
	if shape.Conflict {
		conflict = ui.Cell{Text: "yes", Style: ui.Bad}
	}
	return []ui.Cell{{Text: shape.Operator, Style: ui.Strong}, {Text: shape.Draft}, {Text: strings.Join(labels, ", ")},
		{Text: fmt.Sprint(fields)}, {Time: shape.StagedAt.Truncate(time.Second)}, conflict}
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
	draft := db.Draft{Operator: model.Operator{Name: operator}, Name: a.Draft().Name}
	return a.With(ctx, true, func(database *db.DB) error {
		if err := database.RequireEverything(ctx, a.Operator()); err != nil {
			return err
		}
		staged, err := database.StagedOf(ctx, draft, labels)
		if err != nil {
			return err
		}
		if len(staged) == 0 {
			a.Story().Note("%s has nothing staged in %s; 'latchkey status --all' lists every draft", operator, draftInWords(draft.Name))
			return nil
		}
		for _, one := range staged {
			a.Story().Warn("this is lost: %s: %s", one.Label(), app.InWords(one.Change()))
		}
		if err := a.Confirm(ctx, fmt.Sprintf("Forget this of %s, in %s?", operator, draftInWords(draft.Name))); err != nil {
			return err
		}
		if err := database.DiscardOf(ctx, a.Operator(), draft, staged); err != nil {
			return err
		}
		a.Story().Done("discarded %d of %s", len(staged), operator)
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
type OperatorName string

// String is the flag's value.
func (o *OperatorName) String() string { return string(*o) }

// Type is the word for the value in help texts.
func (o *OperatorName) Type() string { return "operator" }

// Set reads the flag.
func (o *OperatorName) Set(text string) error {
	if name, isUser := strings.CutPrefix(text, "user:"); isUser {
		canonical, err := model.CanonicalName(name)
		*o = OperatorName("user:" + canonical)
		return err
	}
	if name, isOS := strings.CutPrefix(text, "os:"); !isOS || name == "" {
		return fmt.Errorf("%q is no operator: they are written os:ann, or user:alice", text)
	}
	*o = OperatorName(text)
	return nil
}
