// Package certificate has the server's certificate: from files that are read anew when they change, or by a private local CA
// that is made beside the database.
package certificate

import "errors"

// ErrUnusable: the certificate or its key cannot be used, or the local CA is not for the listen host.
var ErrUnusable = errors.New("certificate cannot be used")
