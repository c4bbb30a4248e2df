// Package connection limits connections and requests, and chooses which ones to close when a limit is reached. It refuses HTTP
// without TLS, and heads that could be read in two ways.
package connection
