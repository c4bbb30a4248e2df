package cmd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
)

// topic is something to know that belongs to no single command.
type topic struct {
	name  string
	title string
	short string
	text  func() string
}

var topics = []topic{
	{"drafts", "Drafts", "What is staged, for whom, and when it counts", func() string { return draftsTopic }},
	{"environment", "Environment", "The environment variables that count", environmentTopic},
	{"exit-codes", "Exit status", "What each exit status means", exitsTopic},
	{"flags", "Flags of every command", "The flags that every command has", flagsTopic},
	{"output", "Output", "What goes where, and in which form", outputTopic},
}

func topicLines() string {
	rows := make([][2]string, len(topics))
	for i, topic := range topics {
		rows[i] = [2]string{topic.name, topic.short}
	}
	return inColumns(rows)
}

// environment are the variables that the program reads.
var environment = [][2]string{
	{"LATCHKEY_DB", "the database file, where --db is not given"},
	{"LATCHKEY_OUTPUT", "the output format, where neither --output nor --field is given"},
	{"LATCHKEY_DRAFT", "the name of the draft to work on, where --draft is not given"},
	{"XDG_DATA_HOME", "the data directory, if absolute; the database is latchkey/latchkey.db in it"},
	{"HOME", "where XDG_DATA_HOME is not set, the data directory is .local/share in this one"},
	{"LATCHKEY_OPERATOR", "who edits, where people or jobs share an account"},
	{"SUDO_USER", "who edits, where LATCHKEY_OPERATOR is not set"},
	{"DOAS_USER", "who edits, where neither of these is set"},
	{"PAGER", "what shows long output on a terminal; empty: nothing does; under sudo: less alone"},
	{"LESS", "how less shows it, where it is the pager (default FRX)"},
	{"NO_COLOR", "no colours if it is not empty, like --no-color"},
	{"LATCHKEY_SERVE_…", "a flag of serve that is not given: LATCHKEY_SERVE_LISTEN sets --listen, and so on"},
	{"CREDENTIALS_DIRECTORY", "where the service manager puts serve's key, for systemd's LoadCredential"},
	{"NOTIFY_SOCKET", "where serve tells the service manager that it is ready (sd_notify)"},
	{"LISTEN_PID", "the process that the service manager hands sockets to serve (sd_listen_fds)"},
	{"LISTEN_FDS", "how many sockets those are"},
	{"TERM", "no colours if it is dumb or not set"},
}

func environmentTopic() string {
	return `The environment variables that count:

` + inColumns(environment) + `

A flag counts more than its variable. Root's database is /var/lib/latchkey/latchkey.db if neither names
another. A variable that is empty counts as not set, but for PAGER; an empty flag is wrong use, unless its
help says what it means. No variable ever holds a token.

Who edits is a claim: whoever can write the database file can set these variables. The record of each save
names the account too.`
}

func exitsTopic() string {
	var rows [][2]string
	for _, code := range slices.Sorted(maps.Keys(app.ExitMeanings)) {
		rows = append(rows, [2]string{fmt.Sprint(code), app.ExitMeanings[code]})
	}
	return `Every command ends with one of these; its help says with which:

` + inColumns(rows)
}

var formatMeanings = map[string]string{
	string(ui.FormatJSON):  "one JSON document: a list is an array, a single record an object",
	string(ui.FormatJSONL): "one JSON object a line for each record",
	string(ui.FormatYAML):  "the same as YAML",
	string(ui.FormatName):  "only the name of each record, one a line",
	string(ui.FormatTable): "the table that a terminal shows, in a pipe or a file too; it may change",
}

func outputTopic() string {
	var rows [][2]string
	for _, format := range ui.Formats() {
		rows = append(rows, [2]string{format, formatMeanings[format]})
	}
	return `Data goes to standard output, and nothing else does. What the command did, warnings and errors go to
standard error; -q leaves only warnings and errors.

On a terminal, data are tables with relative times. In a pipe or a file they are lines with tabs between
the fields, no heading, and times in UTC as RFC 3339 writes them. --output chooses a form for programs:

` + inColumns(rows) + `

Fields of these are never renamed or removed; new ones may come. --field prints one field of each
record instead, one a line; a dot leads inside, as in token.fingerprint.

Characters that would do something to a terminal are escaped. Colours never carry a meaning alone.`
}

const draftsTopic = `An edit is staged: it goes into your draft, and nothing changes for anybody yet. 'latchkey diff'
compares the draft with the live state, 'latchkey save' makes it live in one transaction, and
'latchkey discard' forgets it. From the moment a save exits 0, every request is decided by the new state.

A draft belongs to the operator who made it: the OS user, for root the one who called sudo, or the user
named by --as. Nobody's save carries somebody else's edits along. Drafts are kept in the database until
they are saved or discarded. --draft NAME, or LATCHKEY_DRAFT, works on another draft of your own, so that
scripts can run side by side.

A draft remembers the state it began from. If somebody else has changed the same things meanwhile, the
save is a conflict: nothing is saved, the exit status is 6, and the message says who changed what.

--save with an editing command stages and saves exactly that edit in one go, and carries nothing else along.

A token is made and shown when it is staged. Until the save the old one works and the new one does not.`

// inColumns puts pairs below each other, indented by two.
func inColumns(rows [][2]string) string {
	width := 0
	for _, row := range rows {
		width = max(width, len(row[0]))
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = fmt.Sprintf("  %-*s  %s", width, row[0], row[1])
	}
	return strings.Join(lines, "\n")
}
