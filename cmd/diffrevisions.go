package cmd

import (
	"context"
	"slices"
	"strings"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
)

// revisionPair reads the arguments of `diff` as two revisions; nil where they are names. A username may be a number: the
// one of a staged user is meant as one.
func (a *App) revisionPair(ctx context.Context, database *db.DB, args []string) ([]int64, error) {
	if len(args) != 2 || slices.ContainsFunc(args, notDecimal) {
		return nil, nil
	}
	staged, err := database.Staged(ctx, a.draft())
	isStaged := func(draft db.Staged) bool {
		return draft.Kind() == db.KindUser && (slices.Contains(args, draft.Name()) || draft.Base != nil && slices.Contains(args, draft.Base.Name))
	}
	if err != nil || slices.ContainsFunc(staged, isStaged) {
		return nil, err
	}
	var pair []int64
	for _, arg := range args {
		var revision revisionNumber
		if err := revision.Set(arg); err != nil {
			return nil, wrongUse(err)
		}
		pair = append(pair, revision.number)
	}
	return pair, nil
}

func notDecimal(arg string) bool { return arg == "" || strings.Trim(arg, "0123456789") != "" }

// diffRevisions compares the states after two revisions.
func (a *App) diffRevisions(ctx context.Context, database *db.DB, pair []int64, exitCode bool) error {
	if err := database.Require(ctx, a.operator(), viewRevisions); err != nil {
		return err
	}
	if a.flags.output == formatCommands {
		return wrongUsef("--output commands prints what is staged: leave out the revisions")
	}
	changes, err := database.Between(ctx, pair[0], pair[1])
	if err != nil {
		return err
	}
	fields := wire.RecordedOf(db.Revision{Changes: changes}).Changes
	list := changesList(fields)
	for i, field := range fields {
		list.Values[i] = wire.Difference{User: field.User, Field: field.Field, Before: field.Before, After: field.After}
	}
	if err := a.printDifferences(list, "no differences"); err != nil {
		return err
	}
	return differ(exitCode, len(list.Names))
}
