package drafts

import (
	"context"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/internal/sqlite"
)

// OpenDraft is one draft of any operator and what it holds.
type OpenDraft struct {
	Draft  Draft    // of the operator, the name alone is known
	Staged []Staged // resources first, then roles, then users, by name; never empty
}

// All lists every operator's drafts, by operator and name.
func All(ctx context.Context, tx engine.Tx) ([]OpenDraft, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT drafts.operator, drafts.name,
			drafts.object_id, drafts.began, drafts.base, drafts.next, drafts.staged_at, coalesce(objects.revision, 0)
		FROM drafts LEFT JOIN objects ON objects.id = drafts.object_id ORDER BY drafts.operator, drafts.name`)
	if err != nil {
		return nil, fmt.Errorf("reading the drafts: %w", sqlite.Explain(err))
	}
	defer rows.Close()
	var list []OpenDraft
	for rows.Next() {
		var draft Draft
		staged, err := scanStaged(func(columns ...any) error {
			return rows.Scan(append([]any{&draft.Operator.Name, &draft.Name}, columns...)...)
		})
		if err != nil {
			return nil, fmt.Errorf("reading the drafts: %w", err)
		}
		if len(list) == 0 || list[len(list)-1].Draft != draft {
			list = append(list, OpenDraft{Draft: draft})
		}
		last := &list[len(list)-1]
		last.Staged = append(last.Staged, staged)
	}
	for _, draft := range list {
		sortStaged(draft.Staged)
	}
	return list, sqlite.Explain(rows.Err())
}
