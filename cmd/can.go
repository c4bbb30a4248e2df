package cmd

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
	"latchkey/db"
	"latchkey/perms"
)

func newCan(a *App) *cobra.Command {
	return &cobra.Command{
		Use: "can NAME METHOD PATH | NAME PERM", Short: "Answer whether a user may do something, and by which rule",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 && len(args) != 3 {
				return wrongUsef("latchkey can needs a user and a permission, or a user, a method and a path: see 'latchkey can --help'")
			}
			return nil
		},
		Long: "Answer by the live state, with the decision the server makes: exit 0 for yes, 3 for no.",
		Example: trimExample(`
  latchkey can ci orders:view
  latchkey can ci DELETE /api/v2/orders/5 || echo "may not"`),
		Annotations: exitList(exitNo, exitUnknown, exitBusy, exitDamaged),
		RunE:        func(command *cobra.Command, args []string) error { return a.can(command.Context(), args) },
	}
}

func (a *App) can(ctx context.Context, args []string) error {
	printer, err := a.printer()
	if err != nil {
		return err
	}
	request, err := a.request(args[1:])
	if err != nil {
		return err
	}
	return a.withUsers(ctx, args[:1], func(users []db.User) error {
		shape := a.decide(users[0], request)
		if err := printer.Object(decisionObject(shape)); err != nil {
			return err
		}
		if !shape.Allowed {
			return answer(exitNo)
		}
		return nil
	})
}

// request reads a permission, or the method and path of a request, into what is needed for it.
func (a *App) request(args []string) (perms.Request, error) {
	if len(args) == 1 {
		permission, err := perms.ParsePermission(args[0])
		if err != nil {
			return perms.Request{}, err
		}
		return perms.Request{Permission: permission}, a.known(permission)
	}
	route, err := a.catalogue().Route(strings.ToUpper(args[0]), args[1])
	return route.Request, err
}

func (a *App) decide(user db.User, request perms.Request) decisionShape {
	shape := decisionShape{User: user.Name}
	if !request.AnyUser {
		shape.Permission = request.Permission.String()
	}
	if !user.Access.Enabled() {
		shape.Reason = "API access is off"
		return shape
	}
	if request.AnyUser {
		shape.Allowed, shape.Reason = true, "any user with API access may"
		return shape
	}
	decision := request.Decide(user.Rules, a.Clock())
	shape.Allowed = decision.Allowed
	if decision.Rule == nil {
		shape.Reason = "no rule allows it"
		return shape
	}
	rule := shapeOfRule(*decision.Rule)
	shape.Rule, shape.Reason = &rule, "rule: "+decision.Rule.String()
	return shape
}

func decisionObject(shape decisionShape) ui.Object {
	verdict := ui.Cell{Text: "no", Style: ui.Bad}
	if shape.Allowed {
		verdict = ui.Cell{Text: "yes", Style: ui.Good}
	}
	fields := []ui.Field{{Key: "allowed", Value: verdict}, {Key: "user", Value: ui.Cell{Text: shape.User}}}
	if shape.Permission != "" {
		fields = append(fields, ui.Field{Key: "permission", Value: ui.Cell{Text: shape.Permission}})
	}
	fields = append(fields, ui.Field{Key: "reason", Value: ui.Cell{Text: shape.Reason}})
	return ui.Object{Fields: fields, Value: shape, Name: verdict.Text}
}
