package maintain

import (
	"context"
	"errors"
	"fmt"
	"strings"

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

type doctorOptions struct {
	fix, reset bool
	message    string // of the reset
}

func (o doctorOptions) run(ctx context.Context, a *app.App) error {
	switch {
	case o.reset && o.fix:
		return app.WrongUsef("--fix and --reset-clock are two different things: give one of them")
	case o.fix && a.Flags.As != "":
		return app.WrongUsef("--fix is for the account whose files they are: leave --as out")
	case o.message != "" && !o.reset:
		return app.WrongUsef("--message needs --reset-clock")
	case o.reset:
		return resetClock(ctx, a, o.message)
	case o.fix:
		return fixModes(ctx, a)
	}
	return doctor(ctx, a)
}

func newDoctor(a *app.App) *cobra.Command {
	var options doctorOptions
	command := &cobra.Command{
		Use: "doctor", Short: "Examine the database and the files beside it", Args: app.NoArguments,
		Long: `Check the database and the files beside it: what SQLite can check, the digest of each user, role and resource, the drafts,
the log against the live state, the clock against the time that is known to have passed, the documents, who can read which
file, and the free space. Nothing is changed, and servers and commands go on. Each problem is printed with what to do about
it. A warning is not a problem yet.

With --fix, files of the database that others could read or write are closed (mode 0600) first. If they are in order, they stay
so. If not, those that others could write get their mode back, so that they are still refused. Whoever could write them may have
written another history that is whole: compare the head of the log with one that you kept. Keys and tokens that others could read
are never mended: make new ones.

With --reset-clock nothing is checked. Use it if the clock is right but behind the latest time that a save or a server has
stored, as the clock was ahead then. It makes the clock count again, by one save with its own record. That save ends every
retiring token, and every rule that allows something until a later time. So nothing that has ended begins again, whichever
of the two times was wrong.`,
		Example: app.TrimExample(`
  latchkey doctor
  latchkey doctor -q --output jsonl
  latchkey doctor --fix
  latchkey doctor --reset-clock -m "the clock was two years ahead"`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, _ []string) error {
			return options.run(command.Context(), a)
		},
	}
	command.Flags().BoolVar(&options.fix, "fix", false, "close the files that others could use, if they are in order")
	command.Flags().BoolVar(&options.reset, "reset-clock", false, "take the clock for right and end what was counted from another time")
	command.Flags().StringVarP(&options.message, "message", "m", "", "with --reset-clock: the `text` the log keeps")
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
	findings, err := diagnose(ctx, a)
	if err != nil {
		return err
	}
	return errors.Join(printFindings(a, findings), verdict(findings))
}

func diagnose(ctx context.Context, a *app.App) ([]FindingShape, error) {
	files, err := filesOf(a)
	if err == nil {
		err = a.CheckOutput(FindingShape{})
	}
	if err != nil {
		return nil, err
	}
	files.Keep = true
	var findings []FindingShape
	err = withFiles(ctx, files, false, func(database *db.DB) (err error) {
		findings, err = examine(ctx, a, database)
		return err
	})
	if refused := errors.Is(err, db.ErrUnsafe) || errors.Is(err, model.ErrDamaged); refused && len(findings) == 0 && a.Flags.As == "" {
		findings, err = examineOutside(a, err)
	}
	return findings, err
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
	findings = append(findings, examineAnyone(ctx, database)...)
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

// examineAnyone names what is open to anyone, where anything is.
func examineAnyone(ctx context.Context, database *db.DB) []FindingShape {
	catalogue, err := database.Catalogue(ctx, db.State{})
	if err != nil {
		return found("catalogue", err)
	}
	if open := catalogue.OpenRequests(); len(open) > 0 {
		return []FindingShape{{"anyone", resultOK, "open without credentials: " + strings.Join(open, ", ")}}
	}
	return nil
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
		err = readDocuments(ctx, a, func(documents *data.Data) error { return documents.Examine(ctx) })
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
