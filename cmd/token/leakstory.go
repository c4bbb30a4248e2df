package token

import (
	"slices"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/db"
	"latchkey/tokens"
)

// reportUnowned tells what belongs to nobody, by fingerprint.
func reportUnowned(a *app.App, leaked leaks, owners []db.Owner, drafts []db.OpenDraft) {
	messages := a.Messages()
	known := map[string]bool{}
	for _, owner := range owners {
		for _, shape := range leaked.of(owner.Access) {
			known[shape.Fingerprint] = true
		}
	}
	warnStaged(a, leaked, drafts, known)
	for _, fingerprint := range leaked.found {
		if !known[fingerprint] {
			messages.Info("%s is nobody's live token", fingerprint)
		}
	}
	for _, line := range leaked.incomplete {
		messages.Warn("line %d has something like a token that is none: is it cut off, mistyped or blotted out?", line)
	}
	switch {
	case len(leaked.found) == 0 && len(leaked.incomplete) == 0 && leaked.lines > 0:
		messages.Warn("lines read: %d; nothing in them looks like a token or a fingerprint: nothing to revoke", leaked.lines)
	case len(leaked.found) == 0:
		messages.Info("no token and no fingerprint in the input: nothing to revoke")
	case len(owners) == 0:
		messages.Info("nobody has any of them: nothing to revoke")
	}
}

// warnStaged warns of leaked tokens that would come to life by a save of somebody's draft.
func warnStaged(a *app.App, leaked leaks, drafts []db.OpenDraft, known map[string]bool) {
	for _, draft := range drafts {
		for _, staged := range draft.Staged {
			if !leaked.has(freshToken(staged)) {
				continue
			}
			fingerprint := freshToken(staged).Fingerprint()
			if !known[fingerprint] {
				a.Messages().Warn("%s is staged for %s by %s, not live: a save would make it work; regenerate it again, or 'latchkey discard' it",
					fingerprint, staged.Label(), draft.Draft.Operator.Name)
				known[fingerprint] = true
			}
		}
	}
}

// freshToken is the token that a draft makes; zero where it makes none.
func freshToken(staged db.Staged) tokens.Digest {
	if staged.Next == nil || staged.Base != nil && staged.Base.Access.Current.Equal(staged.Next.Access.Current) {
		return tokens.Digest{}
	}
	return staged.Next.Access.Current
}

func printRevoked(a *app.App, leaked leaks, owners []db.Owner) error {
	list := ui.List{Table: ui.Table{Columns: []string{"name", "token"}}}
	for _, owner := range owners {
		for _, shape := range leaked.of(owner.Access) {
			shape.Name = owner.Name
			list.Names = append(list.Names, owner.Name)
			list.Values = append(list.Values, shape)
			list.Table.Rows = append(list.Table.Rows, []ui.Cell{{Text: owner.Name, Style: ui.Strong}, {Text: shape.Fingerprint}})
		}
	}
	list.Names = slices.Compact(list.Names)
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	return printer.List(list)
}
