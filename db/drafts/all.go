package drafts

import (
	"context"
	"fmt"

	"latchkey/db/engine"
)

// OpenDraft is one draft of any operator and what it holds.
type OpenDraft struct {
	Draft  Draft    // of the operator, the name alone is known
	Staged []Staged // resources first, then roles, then users, by name; never empty
}

// All lists every operator's drafts, by operator and name, also what of them cannot be read.
func All(ctx context.Context, tx engine.Tx) ([]OpenDraft, error) {
	var list []OpenDraft
	err := tx.Each(ctx, func(row engine.Row) error {
		var draft Draft
		staged, err := scanStaged(row, &draft.Operator.Name, &draft.Name)
		if err != nil {
			return err
		}
		if len(list) == 0 || list[len(list)-1].Draft != draft {
			list = append(list, OpenDraft{Draft: draft})
		}
		last := &list[len(list)-1]
		last.Staged = append(last.Staged, staged)
		return nil
	}, `SELECT drafts.operator, drafts.name, `+columns+` FROM drafts LEFT JOIN objects ON objects.id = drafts.object_id ORDER BY drafts.operator, drafts.name`)
	if err != nil {
		return nil, fmt.Errorf("reading the drafts: %w", err)
	}
	for _, draft := range list {
		sortStaged(draft.Staged)
		if err := layOver(ctx, tx, draft.Staged); err != nil {
			return nil, err
		}
	}
	return list, nil
}
