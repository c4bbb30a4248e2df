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

// Other is a draft beside another one.
type Other struct {
	Draft  Draft   // of the operator, the name alone is known
	Staged int64   // of how many objects
	Shared []int64 // the numbers of the objects that the other one is of, too
}

// Others lists the drafts beside one, by operator and name, each with the objects that both are of.
func Others(ctx context.Context, tx engine.Tx, draft Draft) ([]Other, error) {
	var list []Other
	err := tx.Each(ctx, func(row engine.Row) error {
		var other Other
		err := row.Scan(&other.Draft.Operator.Name, &other.Draft.Name, &other.Staged)
		list = append(list, other)
		return err
	}, `SELECT operator, name, count(*) FROM drafts WHERE operator <> ?1 OR name <> ?2 GROUP BY operator, name ORDER BY operator, name`,
		draft.Operator.Name, draft.Name)
	if err != nil {
		return nil, fmt.Errorf("reading the drafts: %w", err)
	}
	for i := range list {
		err := tx.Each(ctx, func(row engine.Row) error {
			var id int64
			err := row.Scan(&id)
			list[i].Shared = append(list[i].Shared, id)
			return err
		}, `SELECT object_id FROM drafts WHERE operator = ?1 AND name = ?2 AND object_id IN (SELECT object_id FROM drafts WHERE operator = ?3 AND name = ?4)`,
			list[i].Draft.Operator.Name, list[i].Draft.Name, draft.Operator.Name, draft.Name)
		if err != nil {
			return nil, fmt.Errorf("reading the drafts: %w", err)
		}
	}
	return list, nil
}
