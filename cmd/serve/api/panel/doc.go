// Package panel is the control panel over HTTPS: each request does what a command does.
package panel
