// Package ui is how a command speaks: data on one stream as a table, tab-separated lines, JSON, YAML or names, and the
// messages of what happened, questions and errors on another.
//
// It renders what it is given. It knows no users, tokens or database, reads no environment and no clock, opens no file
// and never asks the terminal anything. What a record looks like as JSON is the caller's own struct.
//
// Everything here is safe for concurrent use as far as the streams are.
//
// Numbers such as C0 are requirements: see docs/requirements.md.
package ui
