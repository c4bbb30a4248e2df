package cmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
)

// listDrafts lists what all operators have staged.
func (a *App) listDrafts(ctx context.Context) error {
	return a.viewing(ctx, viewUsers, func(database *db.DB) error {
		drafts, err := database.Drafts(ctx)
		if err != nil {
			return err
		}
		a.story().Note("database: %s", database.Path())
		list := ui.List{Table: ui.Table{Columns: []string{"operator", "draft", "staged", "fields", "last edit", "conflict"}, Flexible: "staged"}}
		for _, draft := range drafts {
			list.Names = append(list.Names, draft.Draft.Operator.Name)
			list.Values = append(list.Values, shapeOfDraft(draft))
			list.Table.Rows = append(list.Table.Rows, draftRow(shapeOfDraft(draft)))
		}
		return a.printList(list, "nobody has anything staged")
	})
}

func shapeOfDraft(draft db.OpenDraft) openDraftShape {
	shape := openDraftShape{Operator: draft.Draft.Operator.Name, Draft: draft.Draft.Name, Staged: []wire.Staged{}}
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

func draftRow(shape openDraftShape) []ui.Cell {
	labels, fields := []string{}, 0
	for _, staged := range shape.Staged {
		labels = append(labels, staged.User)
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
func (a *App) discardOf(ctx context.Context, operator string, args []string) error {
	if operator == a.operator().Name {
		return a.discard(ctx, args)
	}
	labels, err := canonicalLabels(args)
	if err != nil {
		return err
	}
	draft := db.Draft{Operator: db.Operator{Name: operator}, Name: a.draft().Name}
	return a.with(ctx, true, func(database *db.DB) error {
		if err := database.RequireEverything(ctx, a.operator()); err != nil {
			return err
		}
		staged, err := database.StagedOf(ctx, draft, labels)
		if err != nil {
			return err
		}
		if len(staged) == 0 {
			a.story().Note("%s has nothing staged in %s; 'latchkey status --all' lists every draft", operator, draftInWords(draft.Name))
			return nil
		}
		for _, one := range staged {
			a.story().Warn("this is lost: %s: %s", one.Label(), inWords(one.Change()))
		}
		if err := a.confirm(ctx, fmt.Sprintf("Forget this of %s, in %s?", operator, draftInWords(draft.Name))); err != nil {
			return err
		}
		if err := database.DiscardOf(ctx, a.operator(), draft, staged); err != nil {
			return err
		}
		a.story().Done("discarded %d of %s", len(staged), operator)
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
		canonical, err := db.CanonicalName(name)
		*o = operatorName("user:" + canonical)
		return err
	}
	if name, isOS := strings.CutPrefix(text, "os:"); !isOS || name == "" {
		return fmt.Errorf("%q is no operator: they are written os:ann, or user:alice", text)
	}
	*o = operatorName(text)
	return nil
}
