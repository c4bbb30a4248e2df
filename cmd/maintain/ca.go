package maintain

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/certificate"
	"latchkey/perms/errorkind"
)

func newCA(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "ca", Short: "Print where the certificate of the local CA is", Args: app.NoArguments,
		Long: `Print the path of the local CA's certificate, which clients of 'latchkey serve' have to trust. It is made at the first start
of a server without --cert. It is public; its key beside it is not.`,
		Example: app.TrimExample(`
  curl --cacert "$(latchkey ca)" https://127.0.0.1:8443/healthz
  cp "$(latchkey ca)" /usr/local/share/ca-certificates/latchkey.crt`),
		Annotations: app.ExitList(app.ExitState),
		RunE:        func(*cobra.Command, []string) error { return printAuthority(a) },
	}
}

// ErrNoAuthority: there is no local CA beside the database.
var ErrNoAuthority = errorkind.State.New("no local CA")

// AuthorityShape is what `ca` prints: a contract, docs/json.md.
type AuthorityShape struct {
	CA string `json:"ca"` // path of its certificate
}

func printAuthority(a *app.App) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	database, _, err := a.DatabasePath()
	if err != nil {
		return err
	}
	path := certificate.AuthorityBeside(database)
	if path == "" {
		return fmt.Errorf("%w beside %s", ErrNoAuthority, database)
	}
	if a.Flags.Output == "" && len(a.Flags.Fields) == 0 && a.Getenv("LATCHKEY_OUTPUT") == "" {
		return a.WriteOut(func(out io.Writer) error {
			_, err := fmt.Fprintln(out, path)
			return err
		})
	}
	return printer.Object(ui.Object{Name: path, Value: AuthorityShape{path}, Fields: []ui.Field{{Key: "ca", Value: ui.Cell{Text: path}}}})
}
