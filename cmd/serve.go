package cmd

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel/local"
	"latchkey/cmd/serve"
	"latchkey/cmd/serve/api"
	"latchkey/cmd/serve/telemetry"
)

// defaultListen is for this machine alone.
const defaultListen = "127.0.0.1:8443"

type serveOptions struct {
	listen                  []string
	socketMode, socketOwner string
	names                   []string
	cert                    string
	key                     string
	create                  bool
	catalogue               string

	trustedProxies   []string
	upstreamAllow    []string
	publicDocs       bool
	noFastPath       bool
	allowOrigins     []string
	allowCredentials bool
	failureLimit     rate
	rateLimit        rate
	saveLimit        rate

	accessLog     string
	requestLog    int64
	metricsListen string
	drain         app.Duration
	minFree       app.MinFree

	resourceQuota, userQuota []string
}

func newServe(a *app.App) *cobra.Command {
	options := serveOptions{failureLimit: rate{api.Rate{Events: 100, Per: time.Minute}}, saveLimit: rate{api.Rate{Events: 300, Per: time.Hour}}}
	command := &cobra.Command{
		Use: "serve", Short: "Answer HTTPS requests by what was saved", Args: app.NoArguments,
		Long: `Answer HTTPS requests by what was saved, until interrupted. Without --cert and --key, a private certificate authority is made
beside the database on the first start. Clients have to trust its certificate, whose path is printed.

The address of a client is that of its connection. For a proxy named by --trusted-proxy, it is the rightmost address in
X-Forwarded-For that is not a trusted proxy. From anybody else this field is ignored. A trusted proxy may also ask
/authorize whether a request is allowed (docs/proxies.md).

Requests for some resources are passed on to other services. --upstream-allow lists the places that may be reached, for all
resources. Sockets (unix:/run/app.sock, or unix:/run/apps/ for a folder of them) always have to be listed, as some sockets
give control of the whole machine.

The pages under /docs tell users what is served: the permission for each request type, and an OpenAPI document.

If there is no database at the default path, one is made, with a user admin who may do everything. At any other path this
needs --create. The admin's token is printed on a terminal. Without a terminal it is written to a file beside the database,
mode 0600, which is removed when the token is first used.

Each flag can be set by an environment variable too: LATCHKEY_SERVE_ and the name of the flag, such as LATCHKEY_SERVE_LISTEN
or LATCHKEY_SERVE_TRUSTED_PROXY. A list has blanks or commas between its values. A flag counts more than its variable, and an
empty variable counts as not set. No variable ever holds a secret.`,
		Example: app.TrimExample(`
  latchkey serve
  latchkey serve --create --catalogue none
  latchkey serve --listen 0.0.0.0:443 --cert cert.pem --key key.pem
  latchkey serve --trusted-proxy 127.0.0.1`),
		Annotations: app.Concerned(app.ExitList(app.ExitState, app.ExitBusy, app.ExitDamaged), "db", "no-color", "quiet"),
		RunE: func(command *cobra.Command, _ []string) error {
			if err := setFromEnvironment(a, command); err != nil {
				return err
			}
			if a.Flags.Quiet && !command.Flags().Changed("access-log") {
				options.accessLog = string(telemetry.Off)
			}
			return runServe(command.Context(), a, options)
		},
	}
	return options.addFlags(command)
}

// addFlags returns the command with its flags.
func (o *serveOptions) addFlags(command *cobra.Command) *cobra.Command {
	flags := command.Flags()
	flags.StringArrayVar(&o.listen, "listen", []string{defaultListen}, "`address` to listen on, host:port or unix:/path of a socket; repeatable")
	flags.Lookup("listen").DefValue = defaultListen // without the brackets of a list
	flags.StringVar(&o.socketMode, "socket-mode", "", "`mode` of Unix sockets, such as 0660 (default 0600)")
	flags.StringVar(&o.socketOwner, "socket-owner", "", "`owner` of Unix sockets, user:group (default whom the server runs as)")
	flags.StringArrayVar(&o.names, "name", nil, "a `host` by which clients call, for the local CA's certificate; repeatable")
	flags.StringVar(&o.cert, "cert", "", "certificate chain, a PEM `file`; read again when it changes")
	flags.StringVar(&o.key, "key", "", "private key, a PEM `file` that only its owner can read, or one of root's that the service's group can")
	flags.StringArrayVar(&o.trustedProxies, "trusted-proxy", nil,
		"`address` or range of a proxy whose word counts for whom it forwards, such as 10.0.0.0/24; repeatable")
	flags.StringArrayVar(&o.upstreamAllow, "upstream-allow", nil,
		"what requests may be passed on to, and nothing else: a `place` such as grafana:3000, 10.0.0.0/8 or unix:/run/app.sock; repeatable (default any host but those of the local link, and no socket)")
	flags.StringArrayVar(&o.allowOrigins, "allow-origin", nil,
		"let pages of this `origin`, such as https://app.example, use all resources but latchkey's own from a browser (CORS); 'resource edit --allow-origin' is for one; repeatable")
	flags.BoolVar(&o.allowCredentials, "allow-credentials", false, "let the pages of --allow-origin have the browser send the credentials that it keeps for this server")
	flags.BoolVar(&o.publicDocs, "public-docs", false, "show the pages under /docs to everybody, not to users alone")
	flags.BoolVar(&o.create, "create", false, "make the database if there is none")
	flags.StringVar(&o.catalogue, "catalogue", "", "with --create, the resources that are there from the start, a `setting`: store or none (default store)")
	flags.Var(&o.failureLimit, "failure-limit", "wrong credentials from one address beyond this `rate` get 429 in place of 401; right ones are always answered")
	flags.Var(&o.rateLimit, "rate-limit", "requests that each user may make, a `rate` like 5000/1h; more get 429")
	flags.Var(&o.saveLimit, "save-limit", "saves that each user may make over HTTPS, a `rate`; more get 429, and further edits can be staged and saved together")
	flags.StringVar(&o.accessLog, "access-log", string(telemetry.Text), "a line on standard error for each request, in this `format`: text (brief on a terminal), json or off (off with -q unless given)")
	flags.Int64Var(&o.requestLog, "request-log", 10_000, "how many requests of users to keep for GET /api/v2/requestlogs, the newest; 0 for none")
	flags.Var(&o.minFree, "min-free", "refuse documents and request logs that would not "+app.MinFreeUsage)
	flags.StringArrayVar(&o.resourceQuota, "resource-quota", nil, "how many `bytes` of documents each resource may have, such as 1G, or one of them, such as orders=5G; repeatable (default any number)")
	flags.StringArrayVar(&o.userQuota, "user-quota", nil, "how many `bytes` the documents may have that each user last wrote, such as 100M, or one of them, such as ci=1G; repeatable (default any number)")
	flags.StringVar(&o.metricsListen, "metrics-listen", "", "`address` for Prometheus metrics by plain HTTP, such as 127.0.0.1:9464 (default none)")
	flags.BoolVar(&o.noFastPath, "no-fast-path", false, "answer plain HTTP/1.1 requests in the way of all others, to compare: nothing but speed differs")
	flags.Var(&o.drain, "drain", "when told to stop, answer on for this `duration` with /readyz at 503, before the last requests are finished")
	return command
}

func runServe(ctx context.Context, a *app.App, options serveOptions) error {
	path, isDefault, err := a.DatabasePath()
	if err != nil {
		return err
	}
	seed, err := local.SeedOf(options.catalogue)
	if err != nil {
		return err
	}
	if seed != nil && !options.create {
		return app.WrongUsef("--catalogue is for a new database, and needs --create; 'latchkey settings set catalogue' changes one that there is")
	}
	format := telemetry.Format(options.accessLog)
	if !slices.Contains([]telemetry.Format{telemetry.Text, telemetry.JSON, telemetry.Off}, format) {
		return app.WrongUsef("--access-log %q is none of text, json and off", options.accessLog)
	}
	if options.requestLog < 0 || options.drain.Duration < 0 {
		return app.WrongUsef("--request-log and --drain cannot be below 0")
	}
	ofResources, resourceErr := readQuotas("--resource-quota", options.resourceQuota)
	ofUsers, userErr := readUserQuotas("--user-quota", options.userQuota)
	if err := errors.Join(resourceErr, userErr); err != nil {
		return err
	}
	operator := local.OperatorOf(a.Operator())
	operator.Source = "first start"
	var minFree func(size int64) int64
	if room := options.minFree.Room(); room != nil {
		minFree = room.Of
	}
	return serve.Run(ctx, serve.Config{
		Listen: options.listen, DefaultListen: slices.Equal(options.listen, []string{defaultListen}), SocketMode: options.socketMode, SocketOwner: options.socketOwner, Names: options.names, ListenPID: a.Getenv("LISTEN_PID"), ListenFDs: a.Getenv("LISTEN_FDS"), Database: path, DefaultPath: isDefault, Create: options.create, Seed: seed,
		CertFile: options.cert, KeyFile: options.key, Proxies: options.trustedProxies, Upstreams: options.upstreamAllow, Messages: a.BareErr(), Terminal: ui.IsTerminal(a.Err), Quiet: a.Flags.Quiet,
		Clock: a.Clock, Random: a.Random, Operator: operator,
		Log:          serverLog(a, format),
		FailureLimit: options.failureLimit.Rate, RateLimit: options.rateLimit.Rate, SaveLimit: options.saveLimit.Rate, PublicDocs: options.publicDocs,
		AllowOrigins: options.allowOrigins, AllowCredentials: options.allowCredentials,
		AccessLog: linesOn(a, format), RequestLog: options.requestLog, MinFree: minFree, Quotas: api.Quotas{Resource: ofResources.of, User: ofUsers.of}, MetricsListen: options.metricsListen,
		NoFastPath: options.noFastPath, Drain: options.drain.Duration, NotifySocket: a.Getenv("NOTIFY_SOCKET"), Credentials: a.Getenv("CREDENTIALS_DIRECTORY"), Version: releaseVersion(),
	})
}

// linesOn is the format of an access log on standard error: on a terminal, somebody looks on.
func linesOn(a *app.App, format telemetry.Format) telemetry.Format {
	if format == telemetry.Text && ui.IsTerminal(a.Err) {
		return telemetry.Compact
	}
	return format
}

// serverLog is the server's own log, in the format of the access log beside it.
func serverLog(a *app.App, format telemetry.Format) *slog.Logger {
	if format == telemetry.JSON {
		return slog.New(slog.NewJSONHandler(a.Err, nil))
	}
	return slog.New(slog.NewTextHandler(a.Err, nil))
}
