// Package panel is the control panel over HTTPS: each request does what a command does, by the same operations of
// cmd/panel. Only how HTTP says it is decided here.
package panel
