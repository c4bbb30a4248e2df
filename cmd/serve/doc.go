// Package serve is the HTTPS server as a process: listener, TLS, certificates, the first start and the graceful stop.
// [Run] is the one entry.
//
// It knows no route and decides nothing about a request that can be read: that is package api, whose handler it
// carries and tells whether the database can be answered from. It decides which connections and requests there is room
// for, and refuses what speaks HTTP without TLS or could be read in two ways.
package serve
