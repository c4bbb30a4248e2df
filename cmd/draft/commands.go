package draft

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel"
	"latchkey/perms"
)

// FormatCommands is an --output of `diff` alone: the staged work as commands that stage it again.
const FormatCommands = "commands"

const accessOff = "off" // the access of a user who has none

// printCommands writes a script that stages the same on another database. A token cannot be staged again: its secret is
// not known; the command makes a new one.
func printCommands(a *app.App, staged []panel.StagedChange, exitCode bool) error {
	if len(staged) == 0 {
		a.Messages().Info("nothing is staged")
		return nil
	}
	script := "set -e\n"
	for _, line := range commandsOf(staged, a.Clock()) {
		script += "latchkey " + line + "\n"
	}
	err := a.WriteOut(func(out io.Writer) error {
		_, err := io.WriteString(out, script)
		return err
	})
	if err != nil {
		return err
	}
	return differ(exitCode, len(staged))
}

// commandsOf lists the commands in an order in which each finds what it needs: what goes makes room for what comes, and
// a role is there before it is given to somebody.
func commandsOf(staged []panel.StagedChange, now time.Time) []string {
	var resources []object
	var settings []string
	var removals, unassignments, rolesGone, revocations, roles, users []string
	var renames []rename
	for _, change := range staged {
		switch one := objectOf(change); {
		case one.kind == "resource":
			resources = append(resources, one)
		case one.kind == "setting":
			settings = append(settings, one.settingCommands()...)
		case one.Action == "remove" && one.kind == "role":
			rolesGone = append(rolesGone, "role remove -y "+word(one.name))
		case one.Action == "remove":
			removals = append(removals, "user remove -y "+word(one.name))
		default:
			unassignments = append(unassignments, one.lost("role ", func(role string) string { return "role unassign " + word(role) + " " + word(one.was) })...)
			revocations = append(revocations, one.lost("rule ", func(rule string) string { return one.noun() + " revoke " + word(one.was) + " " + word(rule) })...)
			if one.kind == "role" {
				roles = append(roles, one.commands(now)...)
				continue
			}
			users = append(users, one.commands(now)...)
			if one.was != one.name {
				renames = append(renames, rename{one.was, one.name})
			}
		}
	}
	return slices.Concat(removals, unassignments, rolesGone, revocations, settings, resourceCommands(resources), roles, renameCommands(renames), users)
}

// settingCommands set or unset each setting that changes.
func (o object) settingCommands() []string {
	var lines []string
	for _, change := range o.Changes {
		switch _, after := change.Values(); {
		case change.Field == "name":
		case after == "":
			lines = append(lines, "settings unset "+word(change.Field))
		default:
			lines = append(lines, "settings set "+word(change.Field)+" "+word(after))
		}
	}
	return lines
}

// object is what is staged of one object.
type object struct {
	panel.StagedChange
	kind, name string
	was        string // its name before the save
}

func objectOf(change panel.StagedChange) object {
	kind, name, labelled := strings.Cut(change.Object, ":")
	if !labelled {
		kind, name = "user", change.Object
	}
	one := object{change, kind, name, name}
	if before, _ := one.change("name").Values(); before != "" {
		one.was = before
	}
	return one
}

// change is the change of a field; the zero one where it does not change.
func (o object) change(field string) panel.Changed {
	for _, change := range o.Changes {
		if change.Field == field {
			return change
		}
	}
	return panel.Changed{}
}

// lost makes commands of the roles or rules that an object no longer has. They come while it still has its live name, and
// before roles and resources go that these are of.
func (o object) lost(prefix string, command func(name string) string) []string {
	var lines []string
	for _, change := range o.Changes {
		if name, found := strings.CutPrefix(change.Field, prefix); found && change.After == nil {
			lines = append(lines, command(name))
		}
	}
	return lines
}

// noun is that of the commands for rules.
func (o object) noun() string {
	if o.kind == "role" {
		return "role"
	}
	return "perm"
}

// commands are those that make or change a user or a role that has its name already.
func (o object) commands(now time.Time) []string {
	var texts string
	var lines []string
	for _, change := range o.Changes {
		what, of, _ := strings.Cut(change.Field, " ")
		before, after := change.Values()
		switch {
		case what == "email" || what == "note":
			texts += " --" + what + " " + word(after)
		case what == "access":
			lines = append(lines, o.accessCommand(before, after))
		case what == "suspended" && after != "":
			lines = append(lines, "token suspend "+word(o.name))
		case what == "suspended" && o.change("access") == (panel.Changed{}):
			lines = append(lines, "token resume "+word(o.name))
		case what == "role" && after != "":
			lines = append(lines, "role assign "+word(of)+" "+word(o.name))
		case what == "rule" && after != "":
			lines = append(lines, o.ruleCommand(of, after, now))
		}
	}
	if o.Action == "add" {
		lines = slices.Insert(lines, 0, o.kind+" add "+word(o.name)+texts)
	} else if texts != "" {
		lines = slices.Insert(lines, 0, o.kind+" edit "+word(o.name)+texts)
	}
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

// accessCommand is "" for the access that a new user does not have.
func (o object) accessCommand(before, after string) string {
	verb, grace := "regenerate", ""
	switch {
	case after == accessOff && before == "":
		return ""
	case after == accessOff:
		verb = "disable"
	case before == accessOff || before == "":
		verb = "enable"
	case o.Grace > 0:
		grace = " --grace " + o.Grace.String()
	}
	if verb != "disable" && o.Expires != "" {
		grace += " --expires " + o.Expires
	}
	return "token " + verb + " " + word(o.name) + grace
}

// ruleCommand is "" for a rule that has ended since it was staged, by the clock: the command for it is refused.
func (o object) ruleCommand(pattern, rule string, now time.Time) string {
	effect, until, ends := strings.Cut(rule, " until ")
	verb := "grant"
	if effect == string(perms.Deny) {
		verb = "deny"
	}
	line := o.noun() + " " + verb + " " + word(o.name) + " " + word(pattern)
	if !ends {
		return line
	}
	if at, err := time.Parse(time.RFC3339, until); err != nil || !now.Before(at) {
		return ""
	}
	return line + " --until " + until
}

type rename struct{ from, to string }

// renameCommands order renames so that no name is taken; a cycle goes through a name that nobody has.
func renameCommands(pending []rename) []string {
	var lines []string
	for len(pending) > 0 {
		free := slices.IndexFunc(pending, func(one rename) bool {
			return !slices.ContainsFunc(pending, func(other rename) bool { return other.from == one.to })
		})
		if free < 0 {
			spare := pending[0].from + ".renamed"
			lines = append(lines, "user rename "+word(pending[0].from)+" "+word(spare))
			pending[0].from = spare
			continue
		}
		lines = append(lines, "user rename "+word(pending[free].from)+" "+word(pending[free].to))
		pending = slices.Delete(pending, free, free+1)
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
