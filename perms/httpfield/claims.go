package httpfield

import "slices"

// Row is one thing that fields claim, and how such fields are recognised, in lower case.
type Row struct {
	What   string
	Words  []string // whole words of the name, between hyphens, with digits behind them or none; some are two words in a row
	Begins []string // what the name begins with
	Names  []string // the name
}

// Table lists what fields claim, as copies; the last row has the exceptions, which are harmless whatever words they have.
func Table() []Row {
	all := append(slices.Clone(table), exceptions)
	for i := range all {
		all[i].Words, all[i].Begins, all[i].Names = slices.Clone(all[i].Words), slices.Clone(all[i].Begins), slices.Clone(all[i].Names)
	}
	return all
}

// table is all that a client may not claim. A new row or word needs nothing else: docs/fields.md is checked against it.
var table = []Row{
	{What: "a user",
		Words: []string{"user", "users", "username", "usernames", "userid", "userinfo", "usermail", "useremail", "usergroup", "usergroups",
			"remoteuser", "authuser", "proxyuser", "login", "loginid", "loginname", "logon", "logname", "upn", "eppn", "uid", "whoami", "account",
			"member", "principal", "nickname", "display-name", "displayname", "given-name", "givenname", "full-name", "fullname", "uname",
			"enduser", "useruuid", "userprincipalname", "samaccountname", "sub"},
		Begins: []string{"x-webauth-", "tailscale-"}},
	{What: "an e-mail address", Words: []string{"email", "emails", "mail", "emailaddress"}},
	{What: "groups, roles or privileges", Words: []string{"group", "groups", "gid", "memberof", "role", "roles", "entitlement", "entitlements",
		"privilege", "privileges", "privileged", "permission", "permissions", "scopes", "affiliation", "admin", "superuser"},
		Names: []string{"x-proxiedentitygroups"}},
	{What: "an identity", Words: []string{"identity", "identities", "authenticated", "claim", "claims", "subject", "saml", "oidc", "sso", "ldap",
		"assertion", "persistent-id", "targeted-id"},
		Begins: []string{"cas-", "cf-access-", "eduperson", "gap-", "iv-", "mellon-", "oam-", "shib-", "ajp-", "sm-", "x-amzn-oidc-", "x-appengine-", "x-auth-request-",
			"x-authelia-", "x-authentik-", "x-consumer-", "x-credential-", "x-goog-authenticated-", "x-goog-iap-", "x-ms-", "x-pomerium-",
			"x-shib-", "x-spiffe-", "x-vouch-"},
		Names: []string{"x-anonymous-consumer"}},
	{What: "a client certificate", Words: []string{"cert", "certificate", "clientcert", "dn", "client-verify", "client-cn", "mtls"},
		Begins: []string{"ssl-client-", "x-ssl-", "x-amzn-mtls-", "x-arr-"}},
	{What: "to act for another one", Words: []string{"impersonate", "impersonated", "impersonating", "impersonation", "impersonator",
		"masquerade", "sudo", "runas", "run-as", "doas", "do-as", "act-as", "actas", "become", "behalf", "onbehalfof", "obo", "delegate", "delegated"},
		Names: []string{"x-proxiedentitieschain"}},
	{What: "another path", Words: []string{"path", "script", "original", "override", "rewrite", "rewritten", "request-uri", "request-url", "query-string",
		"document-root", "document-uri", "base-url", "scriptname", "pathinfo"},
		Begins: []string{"x-envoy-"}},
	{What: "another method", Words: []string{"method", "methodoverride", "verb"}},
	{What: "another host, address or scheme", Words: []string{"forwarded", "forward", "http-host", "originating-ip", "client-ip", "clientip", "real-ip", "realip",
		"connecting-ip", "connecting-ipv6", "remote", "scheme", "https", "server-name", "server-port", "server-protocol"},
		Begins: []string{"x-azure-"}, Names: []string{"x-host"}},
	{What: "what is set within a server alone", Words: []string{"sendfile", "auth-type", "gateway-interface", "server-software"},
		Begins: []string{"http-", "x-accel-", "x-latchkey-", "x-middleware-subrequest"}, Names: []string{"proxy", "proxy-authorization", "redirect-status"}},
}

// exceptions are harmless though they have one of the words. They have no beginnings: what browsers alone send (Sec-) or
// what conditions begin with (If-) may go on with a claim, as in If-Remote-User.
var exceptions = Row{What: "nothing", Words: []string{"user-agent"}, Names: []string{"access-control-request-method", "sec-ch-prefers-color-scheme", "sec-fetch-user"}}

// hops are the fields of one connection, which a proxy does not pass on.
var hops = []string{"connection", "http2-settings", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}

// ways are the fields in which proxies tell latchkey how a request came, with the credentials that latchkey reads. A proxy
// that asks at /authorize has to set or to remove each of them, there and towards the service.
var ways = []string{"authorization", "x-forwarded-for", "x-forwarded-host", "x-forwarded-method", "x-forwarded-port", "x-forwarded-proto",
	"x-forwarded-server", "x-forwarded-uri", "x-original-host", "x-original-method", "x-original-uri", "x-real-ip", "x-request-id"}

// Ways lists the fields that a proxy in front of a service has to set or to remove, in lower case, as a copy.
func Ways() []string { return slices.Clone(ways) }

// never are claims that no resource lets through.
var never = []string{"remote-user", "proxy", "proxy-authorization", "x-forwarded-prefix"}

// rowsByWords finds the first row that has words.
var rowsByWords = func() map[string]int {
	rows := map[string]int{}
	for i, row := range table {
		for _, words := range row.Words {
			if _, known := rows[words]; !known {
				rows[words] = i
			}
		}
	}
	return rows
}()
