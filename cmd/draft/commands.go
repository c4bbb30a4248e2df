package draft

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"latchkey/cmd/internal/app"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
)

// FormatCommands is an --output of `diff` alone: the staged work as commands that stage it again.
const FormatCommands = "commands"

// printCommands writes a script that stages the same on another database. A token cannot be staged again: its secret is
// not known; the command makes a new one.
func printCommands(ctx context.Context, a *app.App, args []string, exitCode bool) error {
	labels, err := app.CanonicalLabels(args)
	if err != nil {
		return err
	}
	return a.With(ctx, false, func(database *db.DB) error {
		staged, err := database.StagedOf(ctx, a.Draft(), labels)
		if err != nil {
			return err
		}
		if len(staged) == 0 {
			a.Messages().Info("nothing is staged")
			return nil
		}
		script := "set -e\n"
		for _, line := range commandsOf(a, staged) {
			script += "latchkey " + line + "\n"
		}
		if _, err := io.WriteString(a.Out, script); err != nil {
			return err
		}
		return differ(exitCode, len(staged))
	})
}

// commandsOf lists the commands in an order in which each finds what it needs: what goes makes room for what comes, and
// a role is there before it is given to somebody.
func commandsOf(a *app.App, staged []drafts.Staged) []string {
	var users, roles, resources []drafts.Staged
	var removals, unassignments, rolesGone, revocations []string
	for _, draft := range staged {
		gone := draft.Next == nil
		switch {
		case draft.Kind() == model.KindResource:
			resources = append(resources, draft)
		case gone && draft.Kind() == model.KindRole:
			rolesGone = append(rolesGone, "role remove -y "+word(draft.Name()))
		case gone:
			removals = append(removals, "user remove -y "+word(draft.Name()))
		case draft.Kind() == model.KindRole:
			roles = append(roles, draft)
			revocations = append(revocations, revokeCommands(draft)...)
		default:
			users = append(users, draft)
			revocations = append(revocations, revokeCommands(draft)...)
			unassignments = append(unassignments, unassignCommands(draft)...)
		}
	}
	lines := slices.Concat(removals, unassignments, rolesGone, revocations, resourceCommands(resources))
	for _, role := range roles {
		lines = append(lines, objectCommands(a, role)...)
	}
	lines = append(lines, renameCommands(users)...)
	for _, user := range users {
		lines = append(lines, objectCommands(a, user)...)
	}
	return lines
}

// objectCommands lists what makes or changes an object that has its name already.
func objectCommands(a *app.App, draft drafts.Staged) []string {
	base, verb := draft.Base, "edit"
	if base == nil {
		base, verb = &model.Object{Kind: draft.Kind(), Name: draft.Next.Name}, "add"
	}
	var lines []string
	if texts := textFlags(base, draft.Next); texts != "" || verb == "add" {
		lines = append(lines, fmt.Sprintf("%s %s %s%s", draft.Kind(), verb, word(draft.Next.Name), texts))
	}
	lines = append(lines, accessCommands(base, draft.Next)...)
	for _, role := range draft.Next.Roles {
		if !base.HasRole(role) {
			lines = append(lines, fmt.Sprintf("role assign %s %s", word(role), word(draft.Next.Name)))
		}
	}
	return append(lines, ruleCommands(base, draft.Next, a.Clock())...)
}

// unassignCommands take roles from a user who still has the live name.
func unassignCommands(draft drafts.Staged) []string {
	if draft.Base == nil {
		return nil
	}
	var lines []string
	for _, role := range draft.Base.Roles {
		if !draft.Next.HasRole(role) {
			lines = append(lines, fmt.Sprintf("role unassign %s %s", word(role), word(draft.Base.Name)))
		}
	}
	return lines
}

// renameCommands order renames so that no name is taken; a cycle goes through a name that nobody has.
func renameCommands(users []drafts.Staged) []string {
	type rename struct{ from, to string }
	var pending []rename
	for _, user := range users {
		if user.Base != nil && user.Base.Name != user.Next.Name {
			pending = append(pending, rename{user.Base.Name, user.Next.Name})
		}
	}
	var lines []string
	for len(pending) > 0 {
		free := slices.IndexFunc(pending, func(one rename) bool {
			return !slices.ContainsFunc(pending, func(other rename) bool { return other.from == one.to })
		})
		if free < 0 {
			spare := pending[0].from + ".renamed"
			lines = append(lines, fmt.Sprintf("user rename %s %s", word(pending[0].from), word(spare)))
			pending[0].from = spare
			continue
		}
		lines = append(lines, fmt.Sprintf("user rename %s %s", word(pending[free].from), word(pending[free].to)))
		pending = slices.Delete(pending, free, free+1)
	}
	return lines
}

func textFlags(base, next *model.Object) string {
	var flags string
	if base.Email != next.Email {
		flags += " --email " + word(next.Email)
	}
	if base.Note != next.Note {
		flags += " --note " + word(next.Note)
	}
	return flags
}

func accessCommands(base, next *model.Object) []string {
	before, after, name := base.Access, next.Access, word(next.Name)
	switch {
	case before.Current == after.Current && before.Retiring == after.Retiring:
		return nil
	case !after.Enabled():
		return []string{"token disable " + name}
	case !before.Enabled():
		return []string{"token enable " + name}
	case after.Ended:
		return []string{"token disable " + name, "token enable " + name}
	case after.Grace > 0:
		return []string{fmt.Sprintf("token regenerate %s --grace %s", name, after.Grace)}
	}
	return []string{"token regenerate " + name}
}

// nounOfRules is the command for the rules of a user or a role.
func nounOfRules(object *model.Object) string {
	if object.Kind == model.KindRole {
		return "role"
	}
	return "perm"
}

// revokeCommands take rules from a user or role that still has the live name, before resources go that they are for.
func revokeCommands(draft drafts.Staged) []string {
	if draft.Base == nil {
		return nil
	}
	var lines []string
	for _, rule := range draft.Base.Rules {
		if _, still := draft.Next.Rules.Get(rule.Pattern); !still {
			lines = append(lines, fmt.Sprintf("%s revoke %s %s", nounOfRules(draft.Base), word(draft.Base.Name), word(rule.Pattern.String())))
		}
	}
	return lines
}

// ruleCommands leaves out rules that have ended since they were staged, by the clock: the command for one is refused.
func ruleCommands(base, next *model.Object, now time.Time) []string {
	noun := nounOfRules(next)
	var lines []string
	for _, rule := range next.Rules {
		before, there := base.Rules.Get(rule.Pattern)
		if (there && before == rule) || !rule.Until.IsZero() && !now.Before(rule.Until) {
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

var plainWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_.,:@%/+-]+$`) })

// word makes one word of a text for a POSIX shell.
func word(text string) string {
	if plainWord().MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
