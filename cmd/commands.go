package cmd

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"latchkey/db"
	"latchkey/perms"
)

// formatCommands is an --output of `diff` alone: the staged work as commands that stage it again.
const formatCommands = "commands"

// printCommands writes commands that stage the same on another database. A token cannot be staged again: its secret is
// not known; the command makes a new one.
func (a *App) printCommands(drafts []db.Staged) error {
	var lines strings.Builder
	for _, draft := range drafts {
		for _, line := range commandsOf(draft) {
			lines.WriteString("latchkey " + line + "\n")
		}
	}
	_, err := io.WriteString(a.Out, lines.String())
	return err
}

// commandsOf lists the commands that stage what a draft of one object holds.
func commandsOf(draft db.Staged) []string {
	if draft.Next == nil {
		return []string{fmt.Sprintf("%s remove -y %s", draft.Kind(), word(draft.Name()))}
	}
	base, verb := draft.Base, "edit"
	var lines []string
	switch {
	case base == nil:
		base, verb = &db.Object{Kind: draft.Kind(), Name: draft.Next.Name}, "add"
	case base.Name != draft.Next.Name:
		lines = append(lines, fmt.Sprintf("user rename %s %s", word(base.Name), word(draft.Next.Name)))
	}
	if texts := textFlags(base, draft.Next); texts != "" || verb == "add" {
		lines = append(lines, fmt.Sprintf("%s %s %s%s", draft.Kind(), verb, word(draft.Next.Name), texts))
	}
	lines = append(lines, accessCommands(base, draft.Next)...)
	lines = append(lines, roleCommands(base, draft.Next)...)
	return append(lines, ruleCommands(base, draft.Next)...)
}

func textFlags(base, next *db.Object) string {
	var flags string
	if base.Email != next.Email {
		flags += " --email " + word(next.Email)
	}
	if base.Note != next.Note {
		flags += " --note " + word(next.Note)
	}
	return flags
}

func accessCommands(base, next *db.Object) []string {
	before, after, name := base.Access, next.Access, word(next.Name)
	switch {
	case before.Current == after.Current && before.Retiring == after.Retiring:
		return nil
	case !after.Enabled():
		return []string{"token disable " + name}
	case !before.Enabled():
		return []string{"token enable " + name}
	case after.Grace > 0:
		return []string{fmt.Sprintf("token regenerate %s --grace %s", name, after.Grace)}
	}
	return []string{"token regenerate " + name}
}

func roleCommands(base, next *db.Object) []string {
	var lines []string
	for _, role := range base.Roles {
		if !next.HasRole(role) {
			lines = append(lines, fmt.Sprintf("role unassign %s %s", word(role), word(next.Name)))
		}
	}
	for _, role := range next.Roles {
		if !base.HasRole(role) {
			lines = append(lines, fmt.Sprintf("role assign %s %s", word(role), word(next.Name)))
		}
	}
	return lines
}

func ruleCommands(base, next *db.Object) []string {
	noun := ofUsers.noun
	if next.Kind == db.KindRole {
		noun = ofRoles.noun
	}
	var lines []string
	for _, rule := range base.Rules {
		if _, still := next.Rules.Get(rule.Pattern); !still {
			lines = append(lines, fmt.Sprintf("%s revoke %s %s", noun, word(next.Name), word(rule.Pattern.String())))
		}
	}
	for _, rule := range next.Rules {
		if before, there := base.Rules.Get(rule.Pattern); there && before == rule {
			continue
		}
		verb := "grant"
		if rule.Effect == perms.Deny {
			verb = "deny"
		}
		line := fmt.Sprintf("%s %s %s %s", noun, verb, word(next.Name), word(rule.Pattern.String()))
		if !rule.Until.IsZero() {
			line += " --until " + rule.Until.Format(time.RFC3339)
		}
		lines = append(lines, line)
	}
	return lines
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_.,:@%/+-]+$`)

// word makes one word of a text for a POSIX shell.
func word(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
