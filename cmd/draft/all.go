package draft

import (
	"context"
	"fmt"
	"strings"
	"time"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
)

// listDrafts lists what all operators have staged.
func listDrafts(ctx context.Context, a *app.App) error {
	path, _, err := a.DatabasePath()
	if err != nil {
		return err
	}
	return a.Panel(ctx, false, func(p panel.Panel) error {
		drafts, err := p.OpenDrafts(ctx)
		if err != nil {
			return err
		}
		a.Messages().Info("database: %s", path)
		list := ui.List{Table: ui.Table{Columns: []string{"operator", "draft", "staged", "fields", "last edit", "conflict"}, Flexible: []string{"staged"}}}
		for _, draft := range drafts {
			list.Add(draft.Operator, draft, draftRow(draft))
		}
		return a.PrintList(list, "nobody has anything staged")
	})
}

func draftRow(shape panel.OpenDraft) []ui.Cell {
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
