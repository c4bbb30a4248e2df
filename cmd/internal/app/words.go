package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"latchkey/perms/errorkind"
)

// sameVerbs are other programs' names for verbs that mean the same: below a noun they work, and no help shows them.
var sameVerbs = map[string][]string{
	"add": {"create", "new"}, "deny": {"forbid"}, "edit": {"change", "modify", "update"}, "grant": {"allow"}, "list": {"ls"},
	"regenerate": {"regen", "renew", "rotate"}, "remove": {"del", "delete", "destroy", "rm"}, "rename": {"mv"}, "show": {"describe", "get", "info", "view"},
}

// instead says what to write for words that other programs have and that mean something else, or several things, here. Each
// is a command and a word, as typed.
var instead = map[string]string{ //nolint:gosec // words of commands, no credentials
	"latchkey apply":           "'latchkey save' makes your draft live",
	"latchkey commit":          "'latchkey save' makes your draft live",
	"latchkey history":         "'latchkey log' lists what was saved",
	"latchkey login":           "nobody logs in: --as USER acts as a user, 'latchkey status' says who edits",
	"latchkey reset":           "'latchkey discard' forgets what is staged, 'latchkey rollback REV' stages the inverse of a save",
	"latchkey revert":          "'latchkey rollback REV' stages the inverse of a save, 'latchkey discard' forgets what is staged",
	"latchkey allow":           "'latchkey perm grant NAME PERM' lets a user do something",
	"latchkey config":          "'latchkey help environment' lists what is set from outside, 'latchkey status' shows the database",
	"latchkey deny":            "'latchkey perm deny NAME PERM' forbids a user something",
	"latchkey disable":         "'latchkey token disable NAME' ends a user's API access",
	"latchkey enable":          "'latchkey token enable NAME' gives a user API access",
	"latchkey grant":           "'latchkey perm grant NAME PERM' lets a user do something",
	"latchkey list":            "'latchkey user list', 'latchkey role list' and 'latchkey resource list' list what there is",
	"latchkey ls":              "'latchkey user list', 'latchkey role list' and 'latchkey resource list' list what there is",
	"latchkey regenerate":      "'latchkey token regenerate NAME' makes a new token",
	"latchkey revoke":          "'latchkey perm revoke NAME PERM' ends a rule, 'latchkey token revoke' API access by leaked tokens",
	"latchkey rotate":          "'latchkey token regenerate NAME' makes a new token",
	"latchkey run":             "'latchkey serve' serves the API",
	"latchkey start":           "'latchkey serve' serves the API",
	"latchkey undo":            "'latchkey rollback REV' stages the inverse of a save, 'latchkey discard' forgets what is staged",
	"latchkey whoami":          "'latchkey status' says who edits",
	"latchkey user disable":    "'latchkey token disable NAME' ends a user's API access",
	"latchkey suspend":         "'latchkey token suspend NAME' stops a token without losing it, 'latchkey token resume NAME' lets it on again",
	"latchkey user suspend":    "'latchkey token suspend NAME' stops a token without losing it, 'latchkey token resume NAME' lets it on again",
	"latchkey user resume":     "'latchkey token resume NAME' lets a token on again that was suspended",
	"latchkey user enable":     "'latchkey token enable NAME' gives a user API access",
	"latchkey user grant":      "'latchkey perm grant NAME PERM' lets a user do something",
	"latchkey user lock":       "'latchkey token suspend NAME' stops a token without losing it, 'latchkey token disable NAME' ends API access",
	"latchkey token expire":    "'latchkey token regenerate NAME --expires 1h' makes a token that ends by itself",
	"latchkey user passwd":     "'latchkey token regenerate NAME' makes a new token",
	"latchkey user password":   "'latchkey token regenerate NAME' makes a new token",
	"latchkey user role":       "'latchkey role assign ROLE NAME' gives a user a role",
	"latchkey user token":      "'latchkey token enable NAME' gives a user a token",
	"latchkey token remove":    "'latchkey token disable NAME' ends API access, 'latchkey token revoke' that of leaked tokens",
	"latchkey token delete":    "'latchkey token disable NAME' ends API access, 'latchkey token revoke' that of leaked tokens",
	"latchkey token rm":        "'latchkey token disable NAME' ends API access, 'latchkey token revoke' that of leaked tokens",
	"latchkey perm assign":     "'latchkey role assign ROLE NAME' gives a user a role, 'latchkey perm grant NAME PERM' a permission",
	"latchkey resource hide":   "'latchkey resource remove NAME' hides a resource that is built in",
	"latchkey resource docs":   "'latchkey docs resource NAME' prints the page of a resource",
	"latchkey resource rename": "a resource keeps its name: 'latchkey resource edit NAME --title TEXT' changes what it is called",
}

// aliasesOf are the other names of a verb, without those that another verb of the noun has.
func aliasesOf(verb *cobra.Command, verbs []*cobra.Command) []string {
	var names []string
	for _, name := range sameVerbs[verb.Name()] {
		taken := slices.ContainsFunc(verbs, func(other *cobra.Command) bool { return other.Name() == name })
		if !taken {
			names = append(names, name)
		}
	}
	return names
}

// InsteadOf says what to write in place of a word that is no verb of a command, or "".
func InsteadOf(command *cobra.Command, word string) string {
	if text, known := instead[command.CommandPath()+" "+word]; known {
		return text
	}
	text, _ := guessed(verbGuesses, command, word, false)
	return text
}

// UnknownVerb is the error of a word that is no verb of a command, with what was probably meant.
func UnknownVerb(command *cobra.Command, word string) error {
	message := fmt.Sprintf("unknown command %q for %s", word, command.CommandPath())
	if text := InsteadOf(command, word); text != "" {
		return WithHint(WrongUsef("%s", message), text)
	}
	if near := nearVerbs(command, word); len(near) > 0 {
		return WrongUse(errorkind.Suggest(errors.New(message), near))
	}
	err := WrongUsef("%s: see '%s --help'", message, command.CommandPath())
	if command.HasParent() && plainWords([]string{word}) && slices.Contains(VerbNames(command), "show") {
		err = WithHint(err, fmt.Sprintf("if it is a name: '%s show %s'", command.CommandPath(), word))
	}
	return err
}

// usualFlags says what to write for flags that other programs have.
var usualFlags = map[string]string{
	"addr": listen, "address": listen, "bind": listen, "host": listen, "p": listen, "port": listen,
	"all-namespaces": "a list has everything", "wide": "on a terminal, a table has all its columns",
	"color": "colours are on where a terminal shows them; --no-color turns them off", "comment": "use --message, or -m",
	"commit": "use --save", "config": "there is no configuration file: 'latchkey help environment' lists the variables",
	"D": htpasswd, "b": htpasswd, "c": htpasswd, "d": database, "database": database, "file": database, "operator": "use --as USER to act as a user",
	"dry-run": preview, "n": preview, "what-if": preview,
	"expires": expire, "expiry": expire, "ttl": expire,
	"f": "use -y, or --yes", "force": "use -y, or --yes", "format": output, "fmt": output, "template": output,
	"json": "use --output json", "jsonl": "use --output jsonl", "yaml": "use --output yaml", "name-only": "use --output name",
	"no-headers": "in a pipe or a file there are no headings", "user": "use --as USER to act as a user", "u": "use --as USER to act as a user",
	"silent": "use -q, or --quiet", "s": "use -q, or --quiet", "v": "'latchkey --version' prints the version; nothing is more verbose",
	"verbose": "nothing is more verbose: 'latchkey show' and 'latchkey log' say what was done",
}

const (
	database = "use --db FILE"
	expire   = "use --until TIME where a rule ends, --expires TIME where a token does"
	htpasswd = "'latchkey init' makes the database, 'latchkey user add NAME --token' a user and their token, 'latchkey user remove NAME' removes one" //nolint:gosec // words of commands, no credentials
	listen   = "use --listen HOST:PORT, which 'latchkey serve' takes"
	output   = "use --output FORMAT: 'latchkey help output' lists the formats"
	preview  = "without --save an edit is only staged: 'latchkey diff' shows it, 'latchkey discard' forgets it"
)

// FlagError is the error of flags that cannot be read, with what was probably meant. A verb that is unknown comes first.
func FlagError(command *cobra.Command, err error) error {
	if words := command.Flags().Args(); command.HasSubCommands() && len(words) > 0 {
		return UnknownVerb(command, words[0])
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return WrongUse(err)
	}
	name := unknown.GetSpecifiedName()
	if (name == "n" || name == "l") && command.Flags().Lookup("limit") != nil {
		return WithHint(WrongUse(err), "use --limit N")
	}
	if text, known := guessed(flagGuesses, command, name, true); known {
		return WithHint(WrongUse(err), text)
	}
	if text, known := usualFlags[name]; known {
		return WithHint(WrongUse(err), text)
	}
	var flags []string
	command.Flags().VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden {
			flags = append(flags, "--"+flag.Name)
		}
	})
	if len(name) > 1 {
		err = errorkind.Suggest(err, errorkind.Nearest("--"+name, flags))
	}
	return WrongUse(err)
}

// hinted is an error with what to do about it.
type hinted struct {
	error
	hint string
}

// WithHint adds to an error what to do about it.
func WithHint(err error, hint string) error { return &hinted{err, hint} }

// Unwrap is the error without the hint.
func (h *hinted) Unwrap() error { return h.error }

// HintOf is what [WithHint] added to an error, or "".
func HintOf(err error) string {
	var found *hinted
	if errors.As(err, &found) {
		return found.hint
	}
	return ""
}

// Again is a command on the same database and draft, and as the same user: with the flags that named them.
func (a *App) Again(words string) string {
	command := []string{"latchkey", words}
	for _, flag := range [][2]string{{"--db", a.Flags.Database}, {"--draft", a.DraftName()}, {"--as", a.Flags.As}} {
		if flag[1] != "" {
			command = append(command, flag[0], shellWord(flag[1]))
		}
	}
	return strings.Join(command, " ")
}

// shellWord makes one word of a text for a POSIX shell.
func shellWord(text string) string {
	if plainWords([]string{strings.ReplaceAll(text, "/", "")}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// plainWords reports whether words can be printed as part of a command as they are.
func plainWords(words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool {
		return word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-:") != ""
	})
}

// Instead adds a command to try to an error of something that is not there, whichever of its words it was about: the hint says
// nothing of which names exist. Where a name is suggested, which only who may view it sees, that is what was meant. Words that a
// shell could take for something else are not printed.
func Instead(err error, when string, words ...string) error {
	if errorkind.Of(err) != errorkind.Missing || len(errorkind.NearestOf(err)) > 0 || !plainWords(words) {
		return err
	}
	return WithHint(err, fmt.Sprintf("%s: '%s'", when, strings.Join(words, " ")))
}
