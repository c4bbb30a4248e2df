package draft

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/servers"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
	"latchkey/perms/errorkind"
)

func newStatus(a *app.App) *cobra.Command {
	var all bool
	command := &cobra.Command{
		Use: "status", Short: "Show which database, whose draft, and what is staged", Args: app.NoArguments,
		Example: app.TrimExample(`
  latchkey status
  latchkey status --field head
  latchkey status --all`),
		Annotations: app.ViewExits(),
		RunE: func(command *cobra.Command, _ []string) error {
			if all {
				return listDrafts(command.Context(), a)
			}
			return status(command.Context(), a)
		},
	}
	command.Flags().BoolVar(&all, "all", false, "list every operator's drafts instead")
	return command
}

func status(ctx context.Context, a *app.App) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	path, _, err := a.DatabasePath()
	if err != nil {
		return err
	}
	return a.Panel(ctx, false, func(p panel.Panel) error {
		draft, err := p.Draft(ctx, a.DraftName())
		if err != nil {
			return err
		}
		counted, err := counts(ctx, p)
		if err != nil {
			return err
		}
		if draft.ClockBehind != nil {
			a.Messages().Warn("%s: see 'latchkey doctor'", app.ClockInWords(*draft.ClockBehind))
		}
		object := statusObject(newStatusShape(path, draft), counted)
		object.Fields = append(object.Fields, ui.Field{Key: "next", Value: ui.Cell{Text: nextCommand(a, draft), Style: ui.Strong}})
		return printer.Object(object)
	})
}

// counts are how many live users and roles there are, as far as the operator may know.
func counts(ctx context.Context, p panel.Panel) (fields []ui.Field, err error) {
	users, usersErr := p.CountUsers(ctx, panel.UserQuery{})
	roles, rolesErr := p.CountRoles(ctx)
	for _, of := range []struct {
		key   string
		count int64
		err   error
	}{{"users", users, usersErr}, {"roles", roles, rolesErr}} {
		switch {
		case of.err == nil:
			fields = append(fields, ui.Field{Key: of.key, Value: ui.Cell{Text: fmt.Sprint(of.count)}})
		case errorkind.Of(of.err) != errorkind.Refused:
			return nil, of.err
		}
	}
	return fields, nil
}

// nextCommand is what probably comes next.
func nextCommand(a *app.App, draft panel.Draft) string {
	switch {
	case slices.ContainsFunc(draft.Staged, func(staged panel.Staged) bool { return staged.Conflict }):
		return a.Again("rebase")
	case len(draft.Staged) > 0:
		return a.Again("diff") + " && " + a.Again("save")
	case draft.Revision == 0:
		return a.Again("user add NAME")
	}
	return a.Again("user list")
}

func statusObject(shape StatusShape, counted []ui.Field) ui.Object {
	object := ui.Object{Value: shape, Name: shape.Database}
	add := func(key string, cell ui.Cell) { object.Fields = append(object.Fields, ui.Field{Key: key, Value: cell}) }
	add("database", ui.Cell{Text: shape.Database})
	add("operator", ui.Cell{Text: shape.Operator})
	if shape.Draft.Draft != "" {
		add("draft", ui.Cell{Text: shape.Draft.Draft})
	}
	add("revision", ui.Cell{Text: fmt.Sprint(shape.Revision)})
	if shape.Head != "" {
		add("head", view.Head(shape.Head))
	}
	object.Fields = append(append(object.Fields, counted...), servingFields(shape)...)
	add("changes", changesCell(shape.Staged))
	for _, staged := range shape.Staged {
		add("staged", stagedCell(staged))
	}
	for i, other := range shape.OtherDrafts {
		if i == mostOthers {
			add("other draft", ui.Cell{Text: fmt.Sprintf("and %d more: 'latchkey status --all'", len(shape.OtherDrafts)-i), Style: ui.Dim})
			break
		}
		add("other draft", otherCell(other))
	}
	return object
}

// mostOthers is how many other drafts people are shown.
const mostOthers = 5

func otherCell(other panel.OtherDraft) ui.Cell {
	text := other.Operator
	if other.Draft != "" {
		text += ", " + draftInWords(other.Draft)
	}
	text += fmt.Sprintf(": %d staged", other.Staged)
	if len(other.Shared) == 0 {
		return ui.Cell{Text: text, Style: ui.Dim}
	}
	return ui.Cell{Text: text + "; staged here too: " + ui.Enumerate(other.Shared), Style: ui.Warn}
}

// changesCell counts what is staged.
func changesCell(staged []panel.Staged) ui.Cell {
	count := map[string]int{}
	conflicts := 0
	for _, one := range staged {
		count[one.Action]++
		if one.Conflict {
			conflicts++
		}
	}
	var words []string
	for _, group := range []struct {
		count int
		words string
	}{{count["add"], "to add"}, {count["change"], "to change"}, {count["remove"], "to remove"}, {conflicts, "in conflict"}} {
		if group.count > 0 {
			words = append(words, fmt.Sprintf("%d %s", group.count, group.words))
		}
	}
	switch {
	case conflicts > 0:
		return ui.Cell{Text: strings.Join(words, ", "), Style: ui.Bad}
	case len(words) > 0:
		return ui.Cell{Text: strings.Join(words, ", "), Style: ui.Warn}
	}
	return ui.Cell{Text: "none staged", Style: ui.Dim}
}

func stagedCell(staged panel.Staged) ui.Cell {
	words := staging.FieldsInWords(staged)
	if staged.Action == "add" && strings.HasPrefix(staged.Object, "resource:") {
		words = staged.Action // that it has a path and request types goes without saying
	}
	cell := ui.Cell{Text: staged.Object + ": " + words, Style: ui.Warn}
	if len(staged.EndedTokens) > 0 {
		cell.Text += " (staged under a token that has ended: " + strings.Join(staged.EndedTokens, ", ") + ")"
	}
	if staged.Conflict {
		cell.Text += " (conflict: the live state has moved)"
		cell.Style = ui.Bad
	}
	return cell
}

// StatusShape is what `status` prints: a contract, docs/json.md.
type StatusShape struct {
	Database string `json:"database"`
	panel.Draft
	CA      string           `json:"ca"`      // path of the local CA's certificate; empty: there is none
	Servers []servers.Server `json:"servers"` // those that run on the database
}
