package user

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
)

func newList(a *app.App) *cobra.Command {
	var query panel.UserQuery
	var role app.Username
	var access, sort string
	command := &cobra.Command{
		Use: "list [GLOB]", SuggestFor: []string{"ls"}, Short: "List the live users", Args: atMostOneGlob,
		Long: `List the live users, or those that a GLOB and the flags choose. In a GLOB, "*" stands for any characters and "?" for one. Put it in
quotes, as the shell may know files of such names.`,
		Example: app.TrimExample(`
  latchkey user list
  latchkey user list 'ci-*' --access on
  latchkey user list --role support --sort issued
  latchkey user list --output jsonl | jq -r 'select(.api_access) | .name'`),
		Annotations: app.ViewExits(app.ExitUnknown),
		RunE: func(command *cobra.Command, args []string) error {
			query.Role, query.Pattern = role.String(), strings.Join(args, "")
			if err := readQuery(&query, access, sort); err != nil {
				return err
			}
			return listUsers(command.Context(), a, query)
		},
	}
	flags := command.Flags()
	flags.Var(&role, "role", "only those who have this `role`")
	flags.StringVar(&access, "access", "", "only those whose API access is `on` or off")
	flags.StringVar(&sort, "sort", "", "by `what`: name, created, changed or issued (their token); changed:desc has the newest first")
	flags.Int64Var(&query.Limit, "limit", 0, "at most so many, the first (default: all)")
	return command
}

// readQuery reads the flags of a query; what is not given is empty.
func readQuery(query *panel.UserQuery, access, sort string) (err error) {
	switch access {
	case "":
	case "on", "off":
		query.Access = new(access == "on")
	default:
		return app.WrongUsef("--access is on or off, not %q", access)
	}
	if query.Limit < 0 {
		return app.WrongUsef("--limit must not be negative")
	}
	if sort != "" {
		query.Sort, err = panel.ParseUserSort(sort)
	}
	return app.WrongUse(err)
}

func atMostOneGlob(command *cobra.Command, args []string) error {
	switch {
	case len(args) > 1:
		return app.WrongUsef("%s takes one GLOB: put it in quotes, as the shell makes file names of it: 'ci-*'", command.CommandPath())
	case len(args) == 1 && args[0] == "":
		return app.WrongUsef("the GLOB is empty: leave it out, or write one such as 'ci-*'")
	}
	return nil
}

func listUsers(ctx context.Context, a *app.App, query panel.UserQuery) error {
	list := ui.List{Table: ui.Table{Columns: []string{"name", "access", "token", "rules", "changed", "note"}, Flexible: []string{"note"}}}
	err := a.Panel(ctx, false, func(p panel.Panel) error {
		for user, err := range p.Users(ctx, query) {
			if err != nil {
				return err
			}
			list.Add(user.Name, user, []ui.Cell{{Text: user.Name, Style: ui.Strong}, view.AccessOf(user.APIAccess, user.Token),
				view.Token(user.Token), {Text: fmt.Sprint(len(user.Rules))}, {Time: view.TimeOf(user.ChangedAt)}, {Text: user.Note, Style: ui.Dim}})
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case query.Access != nil || query.Pattern != "":
		return a.PrintList(list, "no such users")
	case query.Role != "":
		return a.PrintList(list, "nobody has the role: 'latchkey role assign "+query.Role+" NAME' stages it")
	}
	return a.PrintList(list, "no users yet: 'latchkey user add NAME' stages one")
}
