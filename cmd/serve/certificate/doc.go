// Package certificate has the server's certificate: from files that are read again when they change, or from a private local CA
// that is made beside the database.
//
// Numbers such as H9 are requirements: see docs/requirements.md.
package certificate

import "errors"

// ErrUnusable: the certificate or its key cannot be used, or the local CA is not for the listen host.
var ErrUnusable = errors.New("certificate cannot be used")
