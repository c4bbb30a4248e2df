package query

import (
	"latchkey/cmd/panel"
	"latchkey/perms"
)

// parseQuestion reads what `can` and `who` ask about: a permission, or a method and a path.
func parseQuestion(args []string, state panel.State) (panel.Question, error) {
	question := panel.Question{State: state}
	if len(args) > 1 {
		question.Method, question.Path = args[0], args[1]
		return question, nil
	}
	permission, err := perms.ParsePermission(args[0])
	question.Permission = &permission
	return question, err
}
