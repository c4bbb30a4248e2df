// Package panel is the control panel over HTTPS: each request does what a command does, by the same operations of
// cmd/panel. Only how HTTP says it is decided here.
//
// Numbers such as H11 are requirements: see docs/requirements.md.
package panel
