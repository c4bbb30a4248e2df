// Package staging makes the edits of all commands: it stages or saves them, asks first where something is lost, hands out
// new tokens before they count, and reports what changed.
package staging
