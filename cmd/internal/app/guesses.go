package app

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// sameNouns are other words for nouns that mean the same: they work, and no help shows them.
var sameNouns = map[string][]string{
	"perm": {"permission", "permissions", "perms"}, "resource": {"resources"}, "role": {"roles"}, "settings": {"setting"},
	"token": {"tokens"}, "user": {"users"},
}

// guess says what to write in place of words that people know from other programs.
type guess struct {
	of    string // the command that they are given to, and those below it for flags
	words string // with blanks between
	text  string
}

const (
	assign      = "'latchkey role assign ROLE NAME' gives a user a role"
	everything  = "all of your draft is meant, unless names are given"
	enableFirst = "'latchkey token enable NAME' makes a user's first token, 'latchkey token regenerate NAME' a new one"
	noPassword  = "there are no passwords: 'latchkey token enable NAME' makes a token"
	noneStored  = "no token is stored: 'latchkey token regenerate NAME' makes a new one"
	otherDraft  = "--draft NAME works on another draft ('latchkey help drafts'), 'latchkey rollback REV' stages the inverse of a save"
	showOne     = "'latchkey user show NAME', 'latchkey role show ROLE' and 'latchkey resource show NAME' show one"
	unassign    = "'latchkey role unassign ROLE NAME' takes a role from a user"
	withoutFlag = "it is given without a flag"
)

// verbGuesses are words in place of a verb.
var verbGuesses = []guess{
	{"latchkey", "access acl acls policies policy rule rules", "'latchkey perm show NAME' shows what a user may do, 'latchkey perm grant NAME PERM' lets them do it"},
	{"latchkey", "add create invite new register useradd", "'latchkey user add NAME', 'latchkey role add ROLE' and 'latchkey resource add NAME' make one"},
	{"latchkey", "del delete destroy remove rm", "'latchkey user remove NAME', 'latchkey role remove ROLE' and 'latchkey resource remove NAME' remove one"},
	{"latchkey", "move mv rename", "'latchkey user rename NAME NEW' and 'latchkey role rename ROLE NEW' give one another name"},
	{"latchkey", "alias aliases context", "--db FILE or LATCHKEY_DB names the database"},
	{"latchkey", "apikey apikeys credential credentials key keys preauthkey preauthkeys secret secrets", enableFirst},
	{"latchkey", "assign", assign}, {"latchkey", "unassign", unassign},
	{"latchkey", "audit events", "'latchkey log' lists what was saved"},
	{"latchkey", "auth can-i cani test whocan", "'latchkey can NAME PERM' says whether a user may do it, 'latchkey who PERM' who may"},
	{"latchkey", "blame", "'latchkey log NAME -p' shows who changed what"},
	{"latchkey", "branch checkout stash switch", otherDraft},
	{"latchkey", "check fsck verify", "'latchkey doctor' examines the database, 'latchkey token verify NAME' a token, 'latchkey can NAME PERM' what a user may do"},
	{"latchkey", "clone fetch merge publish pull push", "'latchkey save' makes your draft live: nothing is sent anywhere"},
	{"latchkey", "daemon listen up web", "'latchkey serve' serves the API"},
	{"latchkey", "describe get info inspect read view", showOne + "; 'latchkey status' shows the database"},
	{"latchkey", "down restart stop", "'latchkey serve' ends by Ctrl-C or SIGTERM: whatever started it stops it"},
	{"latchkey", "dump export", "'latchkey backup FILE' copies the database, 'latchkey resource export NAME FILE' documents, 'latchkey diff --output commands' prints your draft"},
	{"latchkey", "edit modify set", "'latchkey user edit NAME', 'latchkey resource edit NAME' and 'latchkey settings set NAME VALUE' change one"},
	{"latchkey", "group groups", "'latchkey role add ROLE' makes a named set of rules, which users can have"},
	{"latchkey", "health healthcheck ping ready", "GET /readyz says whether a server works, 'latchkey status' which servers run, 'latchkey doctor' whether the files are in order"},
	{"latchkey", "import load", "'latchkey resource import NAME FILE' stores documents, 'latchkey restore FILE' goes back to a backup"},
	{"latchkey", "admin logout operator su", "--as USER acts as a user, 'latchkey status' says who edits"},
	{"latchkey", "logs", "'latchkey log' lists what was saved; the log of requests is the standard error of 'latchkey serve'"},
	{"latchkey", "migrate update upgrade", "'latchkey init --upgrade' brings the database of an older release to this one"},
	{"latchkey", "node nodes servers", "'latchkey status' lists the servers that run"},
	{"latchkey", "passwd password", noPassword},
	{"latchkey", "exit exit-status exits", "'latchkey help exit-codes' says what each exit status means"},
	{"latchkey docs", "index list ls", "'latchkey docs' alone prints the list of all resources"},
	{"latchkey", "limit limits quota quotas tier tiers", "'latchkey serve --help' lists limits and quotas"},
	{"latchkey user", "apikey change-pass change-password key regenerate reset rotate svcacct", "'latchkey token regenerate NAME' makes a new token"},
	{"latchkey user", "add-role assign attach change-role set-role", assign},
	{"latchkey user", "detach remove-role unassign", unassign},
	{"latchkey user", "allow grants", "'latchkey perm grant NAME PERM' lets a user do something"},
	{"latchkey user", "deny forbid", "'latchkey perm deny NAME PERM' forbids a user something"},
	{"latchkey user", "perm perms permission permissions roles rules", "'latchkey perm show NAME' shows what a user may do, and through which role"},
	{"latchkey user", "block deactivate revoke suspend", "'latchkey token disable NAME' ends a user's API access, 'latchkey perm revoke NAME PERM' a rule"},
	{"latchkey user", "activate unblock unlock", "'latchkey token enable NAME' gives a user API access"},
	{"latchkey user", "count", "'latchkey user list --output name | wc -l' counts them, 'latchkey status' shows how many there are"},
	{"latchkey user", "tokens", "'latchkey token show NAME' shows a user's token by fingerprint"},
	{"latchkey user", "exists find search", "'latchkey user list GLOB' lists the users of such names, 'latchkey user show NAME' shows one"},
	{"latchkey user", "check verify", "'latchkey token verify NAME' looks whether a token is right"},
	{"latchkey token", "add create generate issue make new", enableFirst},
	{"latchkey token", "lookup whose", "'latchkey token show NAME' shows a user's token by fingerprint, 'latchkey token inspect' looks at one"},
	{"latchkey token", "check test", "'latchkey token verify NAME' looks whether a token is right"},
	{"latchkey token", "grant", "'latchkey perm grant NAME PERM' lets a user do something: a token may do what its user may"},
	{"latchkey perm", "clear del delete destroy rm", "'latchkey perm revoke NAME PERM' ends a rule"},
	{"latchkey perm", "check test", "'latchkey can NAME PERM' says whether a user may do something"},
	{"latchkey role", "give", assign}, {"latchkey role", "take", unassign},
	{"latchkey role", "holders members users who", "'latchkey user list --role ROLE' lists who has a role"},
	{"latchkey role", "add-member add-user attach bind", assign},
	{"latchkey role", "detach remove-member remove-user unbind", unassign},
}

// flagGuesses are flags of one command, or of those below it.
var flagGuesses = []guess{
	{"latchkey user", "p pass passwd password secret", noPassword},
	{"latchkey token", "p pass passwd password secret", noPassword},
	{"latchkey user add", "admin superuser", "use --grant '*:*' for a user who may do everything"},
	{"latchkey user add", "access allow perm permission permissions perms policy scope scopes", "use --grant PERM; more of them with commas between"},
	{"latchkey user add", "group groups roles", "use --role ROLE"},
	{"latchkey user add", "api-access enable enabled token-out with-token", "use --token: it prints the new token"},
	{"latchkey user", "comment desc description", "use --note TEXT"}, {"latchkey role", "comment desc description", "use --note TEXT"},
	{"latchkey role add", "allow grant perm permission permissions perms", "'latchkey role grant ROLE PERM' gives a role a permission"},
	{"latchkey user edit", "allow grant perm permission permissions perms", "'latchkey perm grant NAME PERM' lets a user do something"},
	{"latchkey user edit", "role roles", assign}, {"latchkey user edit", "token", enableFirst},
	{"latchkey token", "until", "use --expires TIME"}, {"latchkey user add", "until", "use --expires TIME, with --token"},
	{"latchkey token", "s self", "--as USER acts as a user: 'latchkey token regenerate NAME --as NAME --save' replaces one's own token"},
	{"latchkey resource", "url target", "use --upstream URL"},
	{"latchkey role edit", "name rename", "'latchkey role rename ROLE NEW' gives a role another name"},
	{"latchkey token regenerate", "grace-period keep-old overlap", "use --grace DURATION"},
	{"latchkey token regenerate", "all a", "name them: 'latchkey user list --access on --output name | xargs latchkey token regenerate --with-name'"},
	{"latchkey token enable", "file out", "the token goes to standard output: (umask 077; latchkey token enable NAME >FILE)"},
	{"latchkey token regenerate", "file out", "the token goes to standard output: (umask 077; latchkey token regenerate NAME >FILE)"},
	{"latchkey perm list", "resource", withoutFlag + ": 'latchkey perm list RESOURCE'"},
	{"latchkey user list", "order order-by sort-by", "use --sort FIELD, or FIELD:desc"},
	{"latchkey user list", "reverse r", "use --sort name:desc"},
	{"latchkey user", "name username", withoutFlag + ": 'latchkey user add NAME'"},
	{"latchkey user show", "reveal show-token token", noneStored}, {"latchkey token", "reveal show-token", noneStored},
	{"latchkey user list", "filter grep match name query search", "give a glob: 'latchkey user list GLOB'"},
	{"latchkey user list", "active disabled enabled inactive", "use --access on or --access off"},
	{"latchkey diff", "cached staged", "'latchkey diff' alone shows what is staged"},
	{"latchkey diff", "stat summary", "'latchkey status' lists what is staged"},
	{"latchkey log", "graph oneline", "each revision has one line already; -p shows what it changed"},
	{"latchkey log", "1 2 3 4 5 6 7 8 9 max-count", "use --limit N"},
	{"latchkey save", "a all", everything}, {"latchkey discard", "a all", everything},
	{"latchkey status", "s short porcelain", "use --output json, or --field"},
	{"latchkey backup", "dest file to", withoutFlag + ": 'latchkey backup FILE'"},
	{"latchkey restore", "f file from", withoutFlag + ": 'latchkey restore FILE'"},
	{"latchkey version", "s short", "use --field version"},
	{"latchkey", "V", "'latchkey --version' prints the version"},
	{"latchkey", "a all l long", "a list has everything; --output json has every field of it"},
}

// argumentGuesses are commands that take no arguments, and what is meant by whoever gives them some.
var argumentGuesses = map[string]string{ //nolint:gosec // words of commands, no credentials
	"latchkey token list": "'latchkey token show NAME' shows one",
	"latchkey role list":  "'latchkey role show ROLE' shows one", "latchkey resource list": "'latchkey resource show NAME' shows one",
	"latchkey token revoke": "it reads tokens from standard input, and never from arguments, which others can see; " +
		"'latchkey token disable NAME' ends a user's API access",
	"latchkey serve": listen, "latchkey init": "use --db FILE", "latchkey ca": "'latchkey ca' alone prints the path",
}

// guessed finds what to write for a word; below: for commands below that of the guess too, the nearest of which counts most.
func guessed(guesses []guess, command *cobra.Command, word string, below bool) (text string, found bool) {
	longest := -1
	for _, g := range guesses {
		path := command.CommandPath()
		here := path == g.of || below && strings.HasPrefix(path, g.of+" ")
		if here && len(g.of) > longest && slices.Contains(strings.Fields(g.words), word) {
			text, longest = g.text, len(g.of)
		}
	}
	return text, longest >= 0
}
