package query

import (
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
	return question, err
}
