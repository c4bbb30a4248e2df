// Package app is the outside world as commands see it: streams, clock, environment and the flags that all commands have,
// and how a command gets its control panel.
//
// Numbers such as R5 are requirements: see docs/requirements.md.
package app
