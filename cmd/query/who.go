package query

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
)

// whoBatch is how many users are printed at a time, so that a long answer needs no more memory than a short one.
const whoBatch = 1000

type whoOptions struct {
	stateOptions
	all bool
}

func newWho(a *app.App) *cobra.Command {
	var options whoOptions
	command := &cobra.Command{
		Use: "who METHOD PATH | PERM", Short: "List everyone who may do something, and by which rule",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 && len(args) != 2 {
				return app.WrongUsef("latchkey who needs a permission, or a method and a path: see 'latchkey who --help'")
			}
			return nil
		},
		Long: `List everyone who may do something. The columns are name, rule, role that has the rule ("" for a rule of the user's own), and
until when. Users without API access are left out. --all lists them too, with a column that says who has access. PATH may be
a whole URL.

The exit status is 0 also when nobody may, and the list is empty. To test one user use 'latchkey can'. In a pipe, and as
jsonl, names or --field, users are printed as they are found. If an error comes later, the list is not complete.

` + stateHelp,
		Example: app.TrimExample(`
  latchkey who orders:delete
  latchkey who DELETE /api/v2/orders/5
  latchkey who users:edit --all --output name`),
		Annotations: app.ExitList(app.ExitUnknown, app.ExitBusy, app.ExitRefused, app.ExitDamaged),
		RunE:        func(command *cobra.Command, args []string) error { return who(command.Context(), a, options, args) },
	}
	options.addFlags(command)
	command.Flags().BoolVar(&options.all, "all", false, "list users without API access too")
	return command
}

func who(ctx context.Context, a *app.App, options whoOptions, args []string) error {
	if err := options.check(); err != nil {
		return err
	}
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	if err := printer.Check(panel.Permitted{Rule: &panel.HeldRule{}}); err != nil {
		return err
	}
	question, err := parseQuestion(args)
	if err != nil {
		if !strings.Contains(args[0], ":") {
			err = app.WithHint(err, "'latchkey perm show NAME' shows what a user may do")
		}
		return err
	}
	list := newPermittedList(printer, options.all)
	return a.Panel(ctx, false, func(p panel.Panel) error {
		var err error
		if question.State, err = options.state(ctx, a, p); err != nil {
			return err
		}
		answers := p.Who(ctx, question, options.all)
		for user, err := range answers.Users {
			if err == nil {
				err = list.add(user)
			}
			if err != nil {
				return err
			}
		}
		options.report(a, *answers.State)
		if list.count == 0 {
			a.Messages().Info("nobody may")
		}
		reportLeftOut(a, *answers.LeftOut)
		return list.print()
	})
}

// reportLeftOut says how many would be listed if they had API access.
func reportLeftOut(a *app.App, count int64) {
	switch {
	case count == 1:
		a.Messages().Info("1 user without API access is left out: --all lists it too")
	case count > 1:
		a.Messages().Info("%d users without API access are left out: --all lists them too", count)
	}
}

// permittedList prints who may, at once where the format has a line for each.
type permittedList struct {
	printer ui.Printer
	all     bool // also users without API access
	streams bool
	count   int
	batch   ui.List
}

func newPermittedList(printer ui.Printer, all bool) *permittedList {
	lines := printer.Format == ui.FormatDefault && !printer.Terminal
	return &permittedList{printer: printer, all: all, batch: ui.List{Table: ui.Table{Columns: permittedColumns(all)}},
		streams: lines || printer.Field != "" || printer.Format == ui.FormatJSONL || printer.Format == ui.FormatName}
}

func permittedColumns(all bool) []string {
	columns := []string{"name", "rule", "role", "until"}
	if all {
		columns = append(columns, "access")
	}
	return columns
}

// add takes a user on the list.
func (l *permittedList) add(user panel.Permitted) error {
	row := []ui.Cell{{Text: user.Name, Style: ui.Strong}, {Text: "any user"}, {}, {}}
	if user.Anyone {
		row[1].Text = "without credentials"
	}
	if user.Rule != nil {
		row[1].Text, row[2].Text, row[3].Time = string(user.Rule.Effect)+" "+user.Rule.Permission, user.Rule.Role, view.TimeOf(user.Until)
	}
	if l.all {
		row = append(row, view.Access(user.APIAccess))
	}
	l.count++
	l.batch.Add(user.Name, user, row)
	if l.streams && len(l.batch.Names) == whoBatch {
		return l.print()
	}
	return nil
}

func (l *permittedList) print() error {
	err := l.printer.List(l.batch)
	l.batch = ui.List{Table: ui.Table{Columns: l.batch.Table.Columns}}
	return err
}
