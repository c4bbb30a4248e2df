// Package serve is the HTTPS server as a process: listener, TLS, certificates, the first start and the graceful stop.
// [Run] is the one entry.
//
// It knows no route and decides nothing about a request: that is package api, whose handler it carries. The one answer
// of its own is 503, while the database at the path is not the one that is open.
package serve
