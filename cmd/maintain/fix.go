package maintain

import (
	"context"
	"errors"
	"slices"

	"latchkey/cmd/internal/app"
	"latchkey/db/exposed"
)

// fixModes closes the files that others could use, and examines what is in them: nobody can change them meanwhile who has not
// had them open before. What is not in order gets its mode back, if others could write it, and is refused as before.
func fixModes(ctx context.Context, a *app.App) error {
	path, _, err := a.DatabasePath()
	if err != nil {
		return err
	}
	var closed []exposed.File
	for _, file := range exposed.Among(exposed.Files(path)...) {
		if !file.Open() || !file.Mendable() {
			continue // doctor says what to do
		}
		if err := file.Close(); err != nil {
			return errors.Join(err, reopen(closed))
		}
		closed = append(closed, file)
	}
	findings, err := diagnose(ctx, a)
	if err != nil {
		return errors.Join(err, reopen(closed))
	}
	if unsound := slices.ContainsFunc(findings, func(finding FindingShape) bool {
		return finding.Result == resultProblem && slices.Contains([]string{"database", "structure", "rows", "log", "documents"}, finding.Check)
	}); unsound {
		err = reopen(closed)
		closed = slices.DeleteFunc(closed, exposed.File.Writable)
	}
	for _, file := range closed {
		a.Messages().Done("closed %s", file)
	}
	return errors.Join(printFindings(a, findings), err, verdict(findings))
}

// reopen gives the files that others could write their mode back.
func reopen(closed []exposed.File) (err error) {
	for _, file := range closed {
		if file.Writable() {
			err = errors.Join(err, file.Reopen())
		}
	}
	return err
}
