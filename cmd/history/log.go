package history

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
	"latchkey/perms"
)

// logOptions are the flags of `log`.
type logOptions struct {
	filter       panel.LogFilter
	since, until string
	patch        bool
	verify       bool
	head         string
}

func newLog(a *app.App) *cobra.Command {
	var options logOptions
	command := &cobra.Command{
		Use: "log [NAME|KIND:NAME]", Short: "List what was saved, newest first, or verify the record of it", Args: atMostOneName,
		Long: `List the revisions, newest first: number, time, operator, what changed, message. With several flags, a revision is listed
if all of them match. With a name, only those that changed what has it, or once had it: a user, a role or a resource. Where
several had it, --user, --role or --resource says which. -p shows the changes of each, field by field.

With --verify, compute the whole chain of records again and compare it with the live state. A changed, missing, added or
swapped record is found: exit 12, with the number of the first wrong revision. But whoever can write the database can also
compute all heads again. Only --head finds that, with a head that was kept elsewhere. Every save prints its head, and so does
'latchkey status': on a terminal its first 12 digits, for a program the whole head that --head needs, as with --field head.`,
		Example: app.TrimExample(`
  latchkey log --since 7d
  latchkey log ci -p --limit 5
  latchkey log --operator os:ann --output json
  latchkey log --verify --head "$(cat head-of-yesterday)"`),
		Annotations: app.ViewExits(app.ExitUnknown),
		RunE: func(command *cobra.Command, args []string) error {
			options.filter.Label = strings.Join(args, "")
			if options.verify || options.head != "" {
				return verifyLog(command.Context(), a, options)
			}
			return log(command.Context(), a, options)
		},
	}
	flags := command.Flags()
	flags.Var((*app.Username)(&options.filter.User), "user", "only saves that changed this `user`, also under an earlier name, or a removed one")
	flags.Var((*app.Username)(&options.filter.Role), "role", "only saves that changed this `role`")
	flags.StringVar(&options.filter.Resource, "resource", "", "only saves that changed this `resource`")
	flags.StringVar(&options.filter.Operator, "operator", "", "only saves by this `operator`, such as os:ann or user:alice")
	flags.StringVar(&options.since, "since", "", "only saves from this `time` on: 2026-12-31 (from its beginning, local time), 2026-12-31T18:00:00Z, or before now 90m, 24h, 7d")
	flags.StringVar(&options.until, "until", "", "only saves before this `time`; a date is the end of that day")
	flags.Int64Var(&options.filter.Limit, "limit", 0, "at most so many, the newest (default: all)")
	flags.BoolVarP(&options.patch, "patch", "p", false, "show what each of them changed, field by field")
	flags.BoolVar(&options.verify, "verify", false, "verify the record instead of listing it")
	flags.StringVar(&options.head, "head", "", "with --verify: a `head` kept elsewhere, which some revision must have")
	return command
}

func atMostOneName(command *cobra.Command, args []string) error {
	switch {
	case len(args) > 1:
		return app.WrongUsef("%s takes one name: call it for each", command.CommandPath())
	case len(args) == 1 && args[0] == "":
		return app.WrongUsef("the name is empty: leave it out, or say which")
	}
	return nil
}

// chosen is the filter with its times.
func (o *logOptions) chosen(a *app.App) (filter panel.LogFilter, err error) {
	filter = o.filter
	if filter.Limit < 0 {
		return filter, app.WrongUsef("--limit is a number from 0 on, where 0 is no limit")
	}
	if filter.Since, err = a.Past("since", o.since, perms.DayBegins); err != nil {
		return filter, err
	}
	filter.Until, err = a.Past("until", o.until, perms.DayEnds)
	return filter, err
}

func log(ctx context.Context, a *app.App, options logOptions) error {
	filter, err := options.chosen(a)
	if err != nil {
		return err
	}
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	var record any = panel.Logged{}
	if options.patch {
		record = panel.Recorded{}
	}
	if err := printer.Check(record); err != nil {
		return err
	}
	if options.patch && printer.Format == ui.FormatDefault && printer.Field == "" {
		return logWhole(ctx, a, filter)
	}
	list := ui.List{Table: ui.Table{Columns: []string{"revision", "saved", "operator", "changed", "message"}, Flexible: []string{"message", "changed"}}}
	err = a.Panel(ctx, false, func(p panel.Panel) error {
		for shape, err := range p.Revisions(ctx, filter) {
			if err != nil {
				return err
			}
			var value any = shape.Logged
			if options.patch {
				value = shape
			}
			list.Add(fmt.Sprint(shape.Revision), value, []ui.Cell{{Text: fmt.Sprint(shape.Revision), Style: ui.Strong}, {Time: shape.SavedAt},
				{Text: shape.Operator}, {Text: inBrief(shape.Changed, printer.Terminal)}, {Text: shape.Message, Style: ui.Dim}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return a.PrintList(list, "no revisions")
}

// printBlank prints an empty line.
func printBlank(a *app.App) error {
	printer, err := a.ReadersPrinter()
	if err == nil {
		_, err = io.WriteString(printer.Out, "\n")
	}
	return err
}

// logWhole prints revisions below each other as they are read, each with what it changed.
func logWhole(ctx context.Context, a *app.App, filter panel.LogFilter) error {
	return a.Panel(ctx, false, func(p panel.Panel) error {
		count := 0
		for shape, err := range p.Revisions(ctx, filter) {
			if err == nil && count > 0 {
				err = printBlank(a)
			}
			if err == nil {
				err = printRecorded(a, shape)
			}
			if err != nil {
				return err
			}
			count++
		}
		if count == 0 {
			a.Messages().Info("no revisions")
		}
		return nil
	})
}

// inBrief names up to ten labels, and for people no more than leave room for a message beside them.
func inBrief(labels []string, terminal bool) string {
	const room = 24
	if !terminal {
		return ui.Enumerate(labels)
	}
	var text string
	for i, label := range labels {
		switch {
		case i == 0:
			text = label
		case len(text)+len(label) > room:
			return fmt.Sprintf("%s, +%d", text, len(labels)-i)
		default:
			text += ", " + label
		}
	}
	return text
}
