package draft

import (
	"context"
	"fmt"
	"strings"
	"time"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/drafts"
)

// listDrafts lists what all operators have staged.
func listDrafts(ctx context.Context, a *app.App) error {
	return view.Permitted(ctx, a, view.Users, func(database *db.DB) error {
		drafts, err := database.Drafts(ctx)
		if err != nil {
			return err
		}
		a.Messages().Info("database: %s", database.Path())
		list := ui.List{Table: ui.Table{Columns: []string{"operator", "draft", "staged", "fields", "last edit", "conflict"}, Flexible: "staged"}}
		for _, draft := range drafts {
			list.Names = append(list.Names, draft.Draft.Operator.Name)
			list.Values = append(list.Values, shapeOfDraft(draft))
			list.Table.Rows = append(list.Table.Rows, draftRow(shapeOfDraft(draft)))
		}
		return a.PrintList(list, "nobody has anything staged")
	})
}

func shapeOfDraft(draft drafts.OpenDraft) OpenDraftShape {
	shape := OpenDraftShape{Operator: draft.Draft.Operator.Name, Draft: draft.Draft.Name, Staged: []wire.Staged{}}
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

func draftRow(shape OpenDraftShape) []ui.Cell {
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

// OpenDraftShape is one operator's draft in `status --all`: a contract, docs/json.md.
type OpenDraftShape struct {
	Operator string        `json:"operator"`
	Draft    string        `json:"draft"` // empty: the one without a name
	Staged   []wire.Staged `json:"staged"`
	Conflict bool          `json:"conflict"`  // a save would fail
	StagedAt time.Time     `json:"staged_at"` // the last edit
}
