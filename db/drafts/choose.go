package drafts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"latchkey/db/engine"
	"latchkey/db/model"
)

// Holds tells whether an object of a number is among those of a draft.
func Holds(list []Staged, id int64) bool {
	return slices.ContainsFunc(list, func(staged Staged) bool { return staged.ID() == id })
}

// IsStaged tells whether a draft holds all that was to be staged.
func IsStaged(ctx context.Context, tx engine.Tx, draft Draft, kept []Staged) (bool, error) {
	all, err := Load(ctx, tx, draft)
	if err != nil {
		return false, err
	}
	for _, want := range kept {
		if want.Object() == nil || len(want.Differences()) == 0 {
			continue // nothing is left of it; whether its row went is told by the others of the same transaction
		}
		found := slices.ContainsFunc(all, func(staged Staged) bool {
			return staged.ID() == want.ID() && staged.StagedAt.UnixMilli() == want.StagedAt.UnixMilli()
		})
		if !found {
			return false, nil
		}
	}
	return true, nil
}

// Choose picks the drafts of the labelled objects; all of them when no label is given.
func Choose(all []Staged, labels []string) ([]Staged, error) {
	if len(labels) == 0 {
		return all, nil
	}
	var chosen []Staged
	var missing []string
	taken := map[int64]bool{}
	for _, label := range labels {
		kind, name := model.ParseLabel(label)
		found := false
		for _, staged := range all {
			if !staged.Matches(kind, name) {
				continue
			}
			found = true
			if !taken[staged.ID()] {
				taken[staged.ID()] = true
				chosen = append(chosen, staged)
			}
		}
		if !found {
			missing = append(missing, label)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%w for %s", model.ErrNotStaged, model.SomeOf(missing))
	}
	return chosen, nil
}

// sortStaged puts roles before the users who may have them, each by name.
func sortStaged(list []Staged) {
	slices.SortStableFunc(list, func(a, b Staged) int {
		return cmp.Or(strings.Compare(string(a.Kind()), string(b.Kind())), strings.Compare(a.Name(), b.Name()))
	})
}

// Unchanged tells whether a draft still holds what was seen in it.
func Unchanged(all []Staged, seen Staged) bool {
	for _, staged := range all {
		if staged.ID() == seen.ID() {
			return staged.Began == seen.Began && len(model.Compare(staged.Next.Record(), seen.Next.Record())) == 0
		}
	}
	return false
}
