// Package history is the commands about what was saved: the log, one revision, and its inverse.
package history
