// Package ui prints what commands have to print. Data goes to one stream, as a table, tab-separated lines, JSON, YAML or
// names. Messages, questions and errors go to another.
//
// It renders what it is given. It knows no users, tokens or database, reads no environment and no clock, opens no file
// and never asks the terminal anything. What a record looks like as JSON is the caller's own struct.
//
// Everything here is safe for concurrent use as far as the streams are.
//
// Numbers such as C2 are requirements: see docs/requirements.md.
package ui
