package cmd

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"latchkey/cmd/internal/app"
	"latchkey/tokens"
)

// TestNoCommandRepeatsAToken: whatever argument or flag a token is pasted as, no message has it.
func TestNoCommandRepeatsAToken(t *testing.T) { //nolint:paralleltest // some make a file of that name
	token, err := tokens.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pasted := token.Reveal()
	d := newDesk(t)
	t.Chdir(t.TempDir())
	walk(newRoot(&app.App{}), func(command *cobra.Command) {
		path := strings.Fields(command.CommandPath())[1:]
		wrong := []string{"--listen", pasted} // or a server would start
		if command.Name() != "serve" {
			wrong = nil
		}
		for _, more := range [][]string{{pasted}, {pasted, pasted}, {pasted, pasted + "x", "y"}, {"ci", pasted}, {"ci", "GET", "/" + pasted}} {
			d.wantNoToken(pasted, append(path, more...))
		}
		command.InheritedFlags().VisitAll(func(*pflag.Flag) {}) // which adds them to those of the command
		command.Flags().VisitAll(func(flag *pflag.Flag) {
			for _, value := range []string{pasted, "x=" + pasted} {
				args := append(append([]string{"--" + flag.Name + "=" + value}, path...), wrong...)
				d.wantNoToken(pasted, args)
				d.wantNoToken(pasted, append(args, "ci", "ci"))
			}
		})
	})
}

// wantNoToken runs a command and looks for a token in its messages, in any case.
func (d *desk) wantNoToken(token string, args []string) {
	d.t.Helper()
	_, _, messages := d.run(args...)
	if strings.Contains(strings.ToLower(messages), strings.ToLower(token[3:])) {
		d.t.Errorf("latchkey %s: the messages have the token: %s", strings.Join(args, " "), messages)
	}
}
