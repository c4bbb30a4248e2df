package draft

import (
	"context"
	"slices"
	"strings"

	"latchkey/cmd/history"
	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/drafts"
	saved "latchkey/db/history"
	"latchkey/db/model"
)

// revisionPair reads the arguments of `diff` as two revisions; nil where they are names. A username may be a number: the
// one of a staged user is meant as one.
func revisionPair(ctx context.Context, a *app.App, database *db.DB, args []string) ([]int64, error) {
	if len(args) != 2 || slices.ContainsFunc(args, notDecimal) {
		return nil, nil
	}
	staged, err := database.Staged(ctx, a.Draft())
	isStaged := func(draft drafts.Staged) bool {
		return draft.Kind() == model.KindUser && (slices.Contains(args, draft.Name()) || draft.Base != nil && slices.Contains(args, draft.Base.Name))
	}
	if err != nil || slices.ContainsFunc(staged, isStaged) {
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

// diffRevisions compares the states after two revisions.
func diffRevisions(ctx context.Context, a *app.App, database *db.DB, pair []int64, exitCode bool) error {
	if err := database.Require(ctx, a.Operator(), view.Revisions); err != nil {
		return err
	}
	if a.Flags.Output == FormatCommands {
		return app.WrongUsef("--output commands prints what is staged: leave out the revisions")
	}
	changes, err := database.History().Between(ctx, pair[0], pair[1])
	if err != nil {
		return err
	}
	fields := wire.RecordedOf(saved.Revision{Changes: changes}).Changes
	list := history.ChangesList(fields)
	for i, field := range fields {
		list.Values[i] = wire.Difference{Object: field.Object, Field: field.Field, Before: field.Before, After: field.After}
	}
	if err := history.PrintDifferences(a, list, "no differences"); err != nil {
		return err
	}
	return differ(exitCode, len(list.Names))
}
