package serve

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"latchkey/cmd/internal/private"
	"latchkey/cmd/serve/certificate"
)

// openCertificateFiles opens the pair of --cert and --key; nil where neither is given.
func (s *server) openCertificateFiles() (*certificate.Files, error) {
	if s.CertFile == "" {
		return nil, nil
	}
	var forbidden os.FileMode = private.OpenToOthers
	if s.Credentials != "" && filepath.Dir(s.KeyFile) == filepath.Clean(s.Credentials) {
		// systemd lets the service's user read a file of root's by an access control list, whose mask shows as the group's bits.
		forbidden &^= groupMayRead
	}
	return certificate.OpenFiles(s.CertFile, s.KeyFile, forbidden, s.Clock, s.Log)
}

const groupMayRead = 0o040

// openLocalCertificate makes a certificate by the local CA, which is made too if it must be. It prints what clients have
// to do or to know.
func (s *server) openLocalCertificate(hosts []string) (*certificate.Local, error) {
	directory := filepath.Dir(s.Database)
	local, outdated, err := certificate.OpenLocal(directory, append(hosts, s.Names...), s.Clock, s.Random, s.Log)
	if err != nil {
		return nil, err
	}
	if outdated != "" {
		s.print(fmt.Sprintf("NOTICE: the local CA was replaced by a new one, since %s.\n"+
			"Clients of every server in this directory must trust the new %s.\n"+
			"A server that runs already shows a certificate of the former CA until it is restarted.\n",
			outdated, filepath.Join(directory, certificate.AuthorityFile)))
	}
	if len(s.Names) == 0 && slices.ContainsFunc(hosts, certificate.IsWildcard) {
		s.print("warning: the local CA's certificate is for localhost, 127.0.0.1 and ::1 alone: " +
			"for clients elsewhere give the names that they use with --name, or --cert and --key\n")
	}
	return local, nil
}
