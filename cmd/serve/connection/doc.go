// Package connection decides which connections and requests there is room for, who gives way where there is none, and
// refuses what speaks HTTP without TLS or could be read in two ways.
package connection
