package draft

import (
	"context"
	"slices"
	"strings"

	"latchkey/cmd/history"
	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
)

// revisionPair reads the arguments of `diff` as two revisions; nil where they are names. A username may be a number: the
// one of a staged user is meant as one.
func revisionPair(ctx context.Context, a *app.App, p panel.Panel, args []string) ([]int64, error) {
	if len(args) != 2 || slices.ContainsFunc(args, notDecimal) {
		return nil, nil
	}
	staged, err := p.Diff(ctx, a.DraftName(), nil)
	if err != nil || slices.ContainsFunc(staged, func(change panel.StagedChange) bool { return isNamed(change, args) }) {
		return nil, err
	}
	var pair []int64
	for _, arg := range args {
		var revision app.RevisionNumber
		if err := revision.Set(arg); err != nil {
			return nil, app.WrongUse(err)
		}
		pair = append(pair, revision.Number)
	}
	return pair, nil
}

func notDecimal(arg string) bool { return arg == "" || strings.Trim(arg, "0123456789") != "" }

// isNamed reports whether a staged object has, or had, one of the names.
func isNamed(change panel.StagedChange, names []string) bool {
	return slices.Contains(names, change.Object) || slices.ContainsFunc(change.Differences, func(difference panel.Difference) bool {
		return difference.Field == "name" && slices.Contains(names, view.OrEmpty(difference.Before))
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
	list := history.ChangesList(fields)
	for i, field := range fields {
		list.Values[i] = panel.Difference{Object: field.Object, Field: field.Field, Before: field.Before, After: field.After}
	}
	if err := history.PrintDifferences(a, list, "no differences"); err != nil {
		return err
	}
	return differ(exitCode, len(list.Names))
}
