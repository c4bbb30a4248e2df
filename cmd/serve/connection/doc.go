// Package connection limits connections and requests, and chooses which ones to close when a limit is reached. It refuses HTTP
// without TLS, and heads that could be read in two ways.
//
// Numbers such as H5 are requirements: see docs/requirements.md.
package connection
