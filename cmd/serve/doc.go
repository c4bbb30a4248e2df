// Package serve is the HTTPS server as a process: configuration, listener, the first start and the graceful stop.
// [Run] is the one entry.
//
// It knows no route and decides nothing about a request: that is package api, whose handler it carries and tells whether
// the database can be answered from. Which connections and requests there is room for is decided by package connection.
package serve
