package query

import (
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel"
	"latchkey/perms"
)

// parseQuestion reads what `can` and `who` ask about: a permission, or a method and a path.
func parseQuestion(args []string) (panel.Question, error) {
	var question panel.Question
	if len(args) > 1 {
		question.Method, question.Path = args[0], args[1]
		return question, nil
	}
	permission, err := perms.ParsePermission(args[0])
	question.Permission = &permission
	if err != nil && !strings.Contains(args[0], ":") {
		err = app.WithHint(err, "'latchkey perm show NAME' shows what a user may do, 'latchkey user list --role ROLE' who has a role")
	}
	return question, err
}

// checkOrder refuses arguments of `can` that are in another order, or that are a permission in two words.
func checkOrder(args []string) error {
	switch {
	case len(args) == 2 && strings.Contains(args[0], ":") && !strings.Contains(args[1], ":"):
		return app.WithHint(app.WrongUsef("the user comes first"), "'latchkey can NAME PERM'")
	case len(args) != 3 || strings.Contains(args[2], "/"):
		return nil
	case strings.Contains(args[1], "/"):
		return app.WithHint(app.WrongUsef("the user comes first"), "'latchkey can NAME METHOD PATH'")
	case args[1] == strings.ToLower(args[1]):
		return app.WithHint(app.WrongUsef("a permission is one word, such as orders:view"),
			"'latchkey can NAME RESOURCE:ACTION', or a request: 'latchkey can NAME METHOD PATH'")
	}
	return nil
}
