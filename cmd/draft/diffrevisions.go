package draft

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"latchkey/cmd/history"
	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
)

// revisionPair reads the arguments of `diff` as two revisions; nil where they are names. A username may be a number: the
// one of a staged user is meant as one. 3..5 is two revisions, and HEAD~1 what came since.
func revisionPair(ctx context.Context, a *app.App, p panel.Panel, args []string) ([]int64, error) {
	words := args
	if len(args) == 1 {
		from, to, isRange := strings.Cut(args[0], "..")
		switch {
		case isRange:
			words = []string{from, cmp.Or(strings.TrimPrefix(to, "."), "HEAD")}
		case !isNumber(args[0]) && view.IsRevision(args[0]):
			words = []string{args[0], "HEAD"}
		}
	}
	if len(words) != 2 || slices.ContainsFunc(words, notRevision) {
		return nil, nil
	}
	staged, err := p.Diff(ctx, a.DraftName(), nil)
	if err != nil || slices.ContainsFunc(staged, func(change panel.StagedChange) bool { return isNamed(change, args) }) {
		return nil, err
	}
	var pair []int64
	for _, word := range words {
		revision, err := view.Revision(ctx, p, word)
		if err != nil {
			return nil, err
		}
		pair = append(pair, revision)
	}
	return pair, nil
}

func notRevision(arg string) bool { return !view.IsRevision(arg) }

func isNumber(arg string) bool { return strings.Trim(arg, "0123456789") == "" }

// isNamed reports whether a staged object has, or had, one of the names.
func isNamed(change panel.StagedChange, names []string) bool {
	return slices.Contains(names, change.Object) || slices.ContainsFunc(change.Differences, func(difference panel.Difference) bool {
		before, _ := difference.Values()
		return difference.Field == "name" && slices.Contains(names, before)
	})
}

// diffRevisions compares the states after two revisions.
func diffRevisions(ctx context.Context, a *app.App, p panel.Panel, pair []int64, exitCode bool) error {
	if a.Flags.Output == FormatCommands {
		return app.WrongUsef("--output commands prints what is staged: leave out the revisions")
	}
	fields, err := p.Between(ctx, pair[0], pair[1])
	if err != nil {
		return err
	}
	list := ui.List{Table: ui.Table{Columns: history.ChangeColumns, Flexible: []string{"after"}}}
	for _, field := range fields {
		history.AddChange(&list, field, panel.Difference{Changed: field})
	}
	if err := history.PrintDifferences(a, list, "no differences"); err != nil {
		return err
	}
	return differ(exitCode, len(list.Names))
}
