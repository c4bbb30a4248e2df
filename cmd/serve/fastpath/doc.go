// Package fastpath answers plain requests of HTTP/1.1 connections in less time than net/http takes: it does not start a
// goroutine for each request, sets time limits seldom and allocates little. Everything else it leaves to net/http.
//
// It takes a GET whose whole head is there in one piece of at most 4 KiB, with a path and a query of plain characters, one
// Host field, no field twice, and none of the fields that say how a connection or a body goes on. The first request that is
// anything else, right or wrong, goes to net/http, from its first byte on, and so does the rest of the connection, for good.
//
// Why no reader can take such a request for anything else: what it takes is a strict subset of the grammar of RFC 9112. No
// byte in it has a second meaning (there are no escapes, controls, tabs, folded lines or bytes above 0x7e), every line ends
// with CR LF, and it has no body, so that the next request begins where it ends for every reader. Whatever is taken, net/http
// takes too and finds the same in it: FuzzHeads compares.
//
// Nothing here decides: the handler is the same. What is left out of an [http.ResponseWriter] is said at [Server].
//
// Codes such as H5 in comments are requirements: docs/requirements.md lists them.
package fastpath
