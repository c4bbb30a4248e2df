package serve

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"

	"latchkey/cmd/serve/certificate"
	"latchkey/perms"
)

// site is where clients find the server and how they get to trust it.
type site struct {
	url        string // "https://127.0.0.1:8443"
	everywhere bool   // the port is open on all addresses of the machine
	authority  string // path of the local CA's certificate; empty with --cert
	database   string
	documents  string
	metrics    string // "http://127.0.0.1:9464/metrics"; empty: there are none
	shown      bool   // a line to try it by was shown with the first token
}

// baseURL is where a client on this machine reaches the server: the host that was asked for with the port that was
// given. A wildcard becomes a name that the local CA's certificate covers.
func baseURL(host string, address net.Addr) string {
	_, port, err := net.SplitHostPort(address.String())
	if err != nil {
		port = "0"
	}
	switch {
	case host == "0.0.0.0":
		host = "127.0.0.1"
	case certificate.IsWildcard(host):
		host = "localhost"
	}
	base := url.URL{Scheme: "https", Host: net.JoinHostPort(host, port)}
	return base.String()
}

// clientHost is the host by which clients should call: the listen host, unless the certificate is not for it.
func clientHost(host string, leaf *x509.Certificate) string {
	if leaf == nil || leaf.VerifyHostname(host) == nil {
		return host
	}
	for _, name := range leaf.DNSNames {
		if !strings.Contains(name, "*") {
			return name
		}
	}
	return host
}

// curl is a line for a shell that asks the server for the time, as a user. It asks for the password, which is the token, or reads
// it from a file, if one is given. Neither the history of the shell nor the arguments of a program ever have the token.
func (s site) curl(user, file string) string {
	line, credentials := "curl", " -u "+user
	if file != "" {
		line, credentials = `printf 'user = "`+user+`:%s"\n' "$(cat `+quote(file)+`)" | curl`, " -K -"
	}
	if s.authority != "" {
		line += " --cacert " + quote(s.authority)
	}
	address := s.url + perms.BasePath + "/time"
	if strings.ContainsAny(address, "[]%") { // some shells would look for files of an IPv6 address
		address = quote(address)
	}
	return line + credentials + " " + address
}

// quote makes one word of a text for a POSIX shell.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// describe says where everything is.
func (s site) describe() string {
	text := fmt.Sprintf("listening on %s\n  database:   %s\n  documents:  %s\n", s.listening(), s.database, s.documents)
	if s.authority != "" {
		text += fmt.Sprintf("  local CA:   %s\n", s.authority)
	}
	if s.metrics != "" {
		text += fmt.Sprintf("  metrics:    %s\n", s.metrics)
	}
	return text
}

// listening is the address for clients on this machine, and says so where the port is open to others too.
func (s site) listening() string {
	if !s.everywhere {
		return s.url
	}
	return "all addresses, port " + s.url[strings.LastIndex(s.url, ":")+1:] + ": " + s.url
}

// beside is a file in the directory of the database.
func beside(database, name string) string {
	return filepath.Join(filepath.Dir(database), name)
}

// SecretFiles are the files that a server makes beside a database for its owner alone, whether or not they are there: the
// key of the local CA, and the first token until it is used.
func SecretFiles(database string) []string {
	return []string{beside(database, certificate.AuthorityKeyFile), tokenFile(database)}
}
