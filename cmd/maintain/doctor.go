package maintain

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel/local"
	"latchkey/db"
	"latchkey/db/backup"
	"latchkey/db/data"
	"latchkey/db/model"
	"latchkey/perms/errorkind"
)

func newDoctor(a *app.App) *cobra.Command {
	var reset bool
	var message string
	command := &cobra.Command{
		Use: "doctor", Short: "Examine the database and the files beside it", Args: app.NoArguments,
		Long: `Check the database and the files beside it: what SQLite can check, the digest of each user, role and resource, the drafts,
the log against the live state, the clock against the time that is known to have passed, the documents, who can read which
file, and the free space. Nothing is changed, and servers and commands go on. Each problem is printed with what to do about
it. A warning is not a problem yet.

With --reset-clock nothing is checked. Use it if the clock is right but behind the latest time that a save or a server has
stored, as the clock was ahead then. It makes the clock count again, by one save with its own record. That save ends every
retiring token, and every rule that allows something until a later time. So nothing that has ended begins again, whichever
of the two times was wrong.`,
		Example: app.TrimExample(`
  latchkey doctor
  latchkey doctor -q --output jsonl
  latchkey doctor --reset-clock -m "the clock was two years ahead"`),
		Annotations: app.EditExits(app.ExitUnconfirmed),
		RunE: func(command *cobra.Command, _ []string) error {
			switch {
			case reset:
				return resetClock(command.Context(), a, message)
			case message != "":
				return app.WrongUsef("--message needs --reset-clock")
			}
			return doctor(command.Context(), a)
		},
	}
	command.Flags().BoolVar(&reset, "reset-clock", false, "take the clock for right and end what was counted from another time")
	command.Flags().StringVarP(&message, "message", "m", "", "with --reset-clock: the `text` the log keeps")
	return command
}

// FindingShape is one line of what `doctor` prints: a contract, docs/json.md.
type FindingShape struct {
	Check  string `json:"check"`
	Result string `json:"result"` // ok, warning or problem
	Detail string `json:"detail"`
}

const (
	resultOK      = "ok"
	resultWarning = "warning"
	resultProblem = "problem"
)

// ErrUnsound: doctor has named problems.
var ErrUnsound = errorkind.Damaged.New("problems were found")

func doctor(ctx context.Context, a *app.App) error {
	if err := a.CheckOutput(FindingShape{}); err != nil {
		return err
	}
	var findings []FindingShape
	err := withDatabase(ctx, a, false, func(database *db.DB) (err error) {
		findings, err = examine(ctx, a, database)
		return err
	})
	if refused := errors.Is(err, db.ErrUnsafe) || errors.Is(err, model.ErrDamaged); refused && len(findings) == 0 && a.Flags.As == "" {
		findings, err = examineOutside(a, err)
	}
	if err != nil {
		return err
	}
	return errors.Join(printFindings(a, findings), verdict(findings))
}

// examineOutside is what there is to say of a database that cannot be opened for a reason that doctor is there to find.
func examineOutside(a *app.App, reason error) ([]FindingShape, error) {
	path, _, err := a.DatabasePath()
	if err != nil {
		return nil, err
	}
	findings := append([]FindingShape{{"database", resultProblem, reason.Error()}}, examineFiles(path)...)
	return append(findings, examineRoom(path)...), nil
}

// examine makes every check, whatever the ones before have found. Its error is that the command was interrupted.
func examine(ctx context.Context, a *app.App, database *db.DB) ([]FindingShape, error) {
	findings := []FindingShape{
		// An open that succeeded has looked at the file's mode, links and kind, and has read the settings back.
		{"database", resultOK, fmt.Sprintf("%s, schema %d", database.Path(), db.SchemaVersion())},
	}
	findings = append(findings, found("structure", database.Examine(ctx))...)
	damages, err := backup.Damages(ctx, database)
	findings = append(findings, found("rows", errors.Join(append(damages, err)...))...)
	verified, err := database.History().Verify(ctx, nil)
	log := found("log", err)
	if err == nil && verified.Revisions > 0 {
		log[0].Detail = fmt.Sprintf("%d revisions, head %s", verified.Revisions, verified.Head)
	}
	findings = append(append(findings, log...), examineClock(ctx, a, database)...)
	findings = append(findings, examineDocuments(ctx, a, database.Path())...)
	findings = append(findings, examineFiles(database.Path())...)
	findings = append(findings, examineRoom(database.Path())...)
	return findings, ctx.Err()
}

// examineClock holds the clock against the time that is known to have passed (T5).
func examineClock(ctx context.Context, a *app.App, database *db.DB) []FindingShape {
	now, err := database.Now(ctx)
	findings := found("clock", err)
	if behind := local.ClockBehindOf(now, a.Clock()); err == nil && behind != nil {
		findings[0] = FindingShape{"clock", resultProblem,
			app.ClockInWords(*behind) + ": set it right; where the later time is the wrong one, run 'latchkey doctor --reset-clock'"}
	}
	return findings
}

// found makes one finding of a check that is in order, or one of each problem.
func found(check string, err error) []FindingShape {
	if err == nil {
		return []FindingShape{{check, resultOK, ""}}
	}
	var several interface{ Unwrap() []error }
	if !errors.As(err, &several) {
		return []FindingShape{{check, resultProblem, withRemedy(err)}}
	}
	var findings []FindingShape
	for _, problem := range several.Unwrap() {
		findings = append(findings, FindingShape{check, resultProblem, withRemedy(problem)})
	}
	return findings
}

// withRemedy is a problem and what mends it, where one command does.
func withRemedy(problem error) string {
	var draft *backup.DraftError
	if errors.As(problem, &draft) {
		return fmt.Sprintf("%v: 'latchkey discard --operator %s' forgets it", problem, draft.Operator)
	}
	return problem.Error()
}

func examineDocuments(ctx context.Context, a *app.App, database string) []FindingShape {
	const check = "documents"
	path := data.PathBeside(database)
	there, err := data.Exists(path)
	if err == nil && !there {
		return []FindingShape{{check, resultOK, "none yet"}}
	}
	if err == nil {
		err = withDocuments(ctx, a, func(documents *data.Data) error { return documents.Examine(ctx) })
	}
	findings := found(check, err)
	if err == nil {
		findings[0].Detail = path
	}
	return findings
}

var resultStyles = map[string]ui.Style{resultOK: ui.Good, resultWarning: ui.Warn, resultProblem: ui.Bad}

func printFindings(a *app.App, findings []FindingShape) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	list := ui.List{Table: ui.Table{Columns: []string{"check", "result", "detail"}}}
	for _, finding := range findings {
		list.Add(finding.Check, finding, []ui.Cell{{Text: finding.Check}, {Text: finding.Result, Style: resultStyles[finding.Result]}, {Text: finding.Detail}})
	}
	return printer.List(list)
}

// verdict is errUnsound where there is a problem.
func verdict(findings []FindingShape) error {
	for _, finding := range findings {
		if finding.Result == resultProblem {
			return ErrUnsound
		}
	}
	return nil
}
