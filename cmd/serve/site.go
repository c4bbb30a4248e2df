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
	url       string   // "https://127.0.0.1:8443"
	socket    string   // path of the Unix socket by which the URL is reached; "": it is none
	places    []string // where it listens, as a line for each says
	authority string   // path of the local CA's certificate; empty with --cert
	database  string
	documents string
	metrics   string // "http://127.0.0.1:9464/metrics"; empty: there are none
	shown     bool   // a line to try it by was shown with the first token
}

// baseURL is where a client on this machine reaches the server: the host that was asked for with the port that was
// given. A wildcard becomes a name that the local CA's certificate covers.
func baseURL(host string, address net.Addr) string {
	if _, isSocket := socketPath(address); isSocket {
		return "https://" + host
	}
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

// findPlaces says where clients reach the server. The URL is of the first port, if there is one. The leaf is nil with the local CA.
func (s *site) findPlaces(places []place, leaf *x509.Certificate) {
	for _, one := range places {
		url := baseURL(clientHost(one.host, leaf), one.at)
		path, isSocket := socketPath(one.at)
		switch {
		case isSocket:
			s.places = append(s.places, "unix:"+path)
		case certificate.IsWildcard(one.host):
			s.places = append(s.places, "all addresses, port "+url[strings.LastIndex(url, ":")+1:]+": "+url)
		default:
			s.places = append(s.places, url)
		}
		if s.url == "" || s.socket != "" && !isSocket {
			s.url, s.socket = url, path
		}
	}
}

// address is where clients on this machine reach the server: the URL, or "unix:" and the path of a socket.
func (s site) address() string {
	if s.socket != "" {
		return "unix:" + s.socket
	}
	return s.url
}

// socketPath is the path of a Unix socket.
func socketPath(at net.Addr) (path string, isSocket bool) {
	unix, isSocket := at.(*net.UnixAddr)
	if !isSocket {
		return "", false
	}
	return unix.Name, true
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
	if s.socket != "" {
		line += " --unix-socket " + quote(s.socket)
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
	text := fmt.Sprintf("listening on %s\n  database:   %s\n  documents:  %s\n", strings.Join(s.places, "\n  and on    "), s.database, s.documents)
	if s.authority != "" {
		text += fmt.Sprintf("  local CA:   %s\n", s.authority)
	}
	if s.metrics != "" {
		text += fmt.Sprintf("  metrics:    %s\n", s.metrics)
	}
	return text
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
