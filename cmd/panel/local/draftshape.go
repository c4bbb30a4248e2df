package local

import (
	"slices"
	"time"

	"latchkey/cmd/panel"
	"latchkey/db/drafts"
	"latchkey/db/history"
	"latchkey/perms"
	"latchkey/tokens"
)

// stagedOf shows what is staged of one object, without its values.
func stagedOf(staged drafts.Staged) panel.Staged {
	_, conflict := staged.Conflict()
	shape := panel.Staged{Object: staged.Label(), Action: actionOf(staged), Fields: []string{}, Conflict: conflict, StagedAt: staged.StagedAt,
		EndedTokens: []string{}}
	for _, ended := range staged.Ended {
		if !slices.Contains(shape.EndedTokens, ended.Fingerprint) {
			shape.EndedTokens = append(shape.EndedTokens, ended.Fingerprint)
		}
	}
	for _, difference := range staged.Change().AsServed().Differences() {
		shape.Fields = append(shape.Fields, difference.Field)
	}
	return shape
}

func actionOf(staged drafts.Staged) string {
	switch change := staged.Change().AsServed(); {
	case change.Before == nil:
		return "add"
	case change.After == nil:
		return "remove"
	}
	return "change"
}

// differencesOf shows what is staged of one object against the live state, field by field.
func differencesOf(staged drafts.Staged) []panel.Difference {
	_, conflict := staged.Conflict()
	var shapes []panel.Difference
	for _, difference := range staged.DifferencesToLive() {
		shapes = append(shapes, panel.Difference{Changed: changedField(staged.Label(), difference), Conflict: conflict, EndedToken: endedToken(staged, difference.Field)})
	}
	return shapes
}

// endedToken is the fingerprint of the token under which a field was staged, if it has ended. A removal is of all fields.
func endedToken(staged drafts.Staged, field string) *string {
	for _, ended := range staged.Ended {
		if ended.Field == field || ended.Field == "" {
			return &ended.Fingerprint
		}
	}
	return nil
}

// draftShape shows a draft.
func draftShape(draft drafts.Draft, list []drafts.Staged, head history.Revision, behind *panel.ClockBehind) panel.Draft {
	shape := panel.Draft{Operator: draft.Operator.Name, Draft: draft.Name, Revision: head.Number, Staged: []panel.Staged{}, ClockBehind: behind}
	if head.Number > 0 {
		shape.Head = head.Head.String()
	}
	for _, staged := range list {
		shape.Staged = append(shape.Staged, stagedOf(staged))
	}
	return shape
}

// otherDrafts shows the drafts beside one.
func otherDrafts(others []drafts.Other, staged []drafts.Staged) []panel.OtherDraft {
	shapes := []panel.OtherDraft{}
	for _, other := range others {
		shape := panel.OtherDraft{Operator: other.Draft.Operator.Name, Draft: other.Draft.Name, Staged: other.Staged, Shared: []string{}}
		for _, own := range staged {
			if slices.Contains(other.Shared, own.ID()) {
				shape.Shared = append(shape.Shared, own.Label())
			}
		}
		shapes = append(shapes, shape)
	}
	return shapes
}

// expiresOf is when the token ends that a draft makes, as an operator asks for it; "" where none is made or nothing was asked.
func expiresOf(staged drafts.Staged) string {
	var live tokens.Term
	if staged.Base != nil {
		live = staged.Base.Access.Term
	}
	switch term := staged.Next.Access.Term; {
	case freshToken(staged).IsZero() || term.ByDefault:
		return ""
	case term.Lifetime > 0:
		return perms.FormatSpan(term.Lifetime)
	case !term.ExpiresAt.IsZero():
		return term.ExpiresAt.Format(time.RFC3339)
	case live.Length > 0:
		return panel.Never
	}
	return ""
}
