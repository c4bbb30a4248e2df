// Package call is one request of the API: what is read from it, its response and its error, in JSON or XML.
//
// Numbers such as H11 are requirements: see docs/requirements.md.
package call
