// Package serve is the HTTPS server as a process: configuration, listener, the first start and the graceful stop.
// [Run] is the one entry.
//
// It knows no route and decides nothing about a request: that is package api, whose handler it serves. It checks whether the
// database can be read. Package connection limits connections and requests.
//
// Numbers such as D7 are requirements: see docs/requirements.md.
package serve
