package drafts

import (
	"context"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
)

// ForgetEnding takes rules that allow something until some moment out of what was staged after another moment: the clock was
// ahead then, so that the moment was counted from a wrong time. What else is staged stays. It returns the drafts that have
// lost some.
func ForgetEnding(ctx context.Context, tx engine.Tx, after time.Time) ([]Draft, error) {
	open, err := All(ctx, tx)
	if err != nil {
		return nil, err
	}
	var lost []Draft
	for _, one := range open {
		changed := false
		for _, staged := range one.Staged {
			if staged.Next == nil || !staged.StagedAt.After(after) || !staged.forgetEnding(after) {
				continue
			}
			changed = true
			if err := Keep(ctx, tx, one.Draft, staged); err != nil {
				return nil, err
			}
		}
		if changed {
			lost = append(lost, one.Draft)
		}
	}
	return lost, nil
}

// forgetEnding gives each pattern of such a rule the rule that it had before, and reports whether there was one.
func (s *Staged) forgetEnding(after time.Time) (found bool) {
	var before model.Object
	if s.Base != nil {
		before = *s.Base
	}
	next := s.Next.Clone()
	for _, rule := range s.Next.Rules.Ending(after) {
		was, there := before.Rules.Get(rule.Pattern)
		if there && was == rule {
			continue
		}
		found = true
		next.Rules = next.Rules.Without(rule.Pattern)
		if there {
			next.Rules = next.Rules.With(was)
		}
	}
	s.Next = next
	return found
}
