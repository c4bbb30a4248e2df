package cmd

import (
	"context"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve"
	"latchkey/cmd/serve/api"
)

type serveOptions struct {
	listen string
	cert   string
	key    string
	create bool

	trustedProxies []string
	failureLimit   rate
	rateLimit      rate
}

func newServe(a *App) *cobra.Command {
	options := serveOptions{failureLimit: rate{api.Rate{Events: 100, Per: time.Minute}}}
	command := &cobra.Command{
		Use: "serve", Short: "Answer HTTPS requests by what was saved", Args: noArguments,
		Long: `Answer HTTPS requests by what was saved, until interrupted. Without --cert and --key a private certificate authority is
made beside the database on the first start; its certificate's path is printed for clients to trust.

The address of a client is that of its connection. Behind a proxy named by --trusted-proxy it is the rightmost one in
X-Forwarded-For that is not a trusted proxy's; from anybody else that field counts for nothing.

Where the default path holds no database yet (or with --create, at any path) one is made with a user admin who may do
everything. Its token is printed on a terminal; otherwise it is put into a file beside the database, mode 0600, which is
removed when the token is first used.`,
		Example: trimExample(`
  latchkey serve
  latchkey serve --listen 0.0.0.0:443 --cert cert.pem --key key.pem
  latchkey serve --trusted-proxy 127.0.0.1`),
		Annotations: exitList(exitBusy, exitDamaged),
		RunE:        func(command *cobra.Command, _ []string) error { return a.serve(command.Context(), options) },
	}
	flags := command.Flags()
	flags.StringVar(&options.listen, "listen", "127.0.0.1:8443", "`address` to listen on, host:port")
	flags.StringVar(&options.cert, "cert", "", "certificate chain, a PEM `file`; read again when it changes")
	flags.StringVar(&options.key, "key", "", "private key, a PEM `file` that only its owner can read")
	flags.StringArrayVar(&options.trustedProxies, "trusted-proxy", nil,
		"`address` or range of a proxy whose word counts for whom it forwards, such as 10.0.0.0/24; repeatable")
	flags.BoolVar(&options.create, "create", false, "make the database if there is none")
	flags.Var(&options.failureLimit, "failure-limit", "wrong credentials from one address beyond this `rate` get 429 in place of 401; right ones are always answered")
	flags.Var(&options.rateLimit, "rate-limit", "requests that each user may make, a `rate` like 5000/1h; more get 429")
	return command
}

func (a *App) serve(ctx context.Context, options serveOptions) error {
	path, isDefault, err := a.databasePath()
	if err != nil {
		return err
	}
	operator := a.operator()
	operator.Source = "first start"
	return serve.Run(ctx, serve.Config{
		Listen: options.listen, Database: path, DefaultPath: isDefault, Create: options.create,
		CertFile: options.cert, KeyFile: options.key, Proxies: options.trustedProxies, Story: a.Err, Terminal: ui.IsTerminal(a.Err), Quiet: a.flags.quiet,
		Clock: a.Clock, Random: a.Random, Operator: operator,
		Log:          slog.New(slog.NewTextHandler(a.Err, nil)),
		FailureLimit: options.failureLimit.Rate, RateLimit: options.rateLimit.Rate,
	})
}
