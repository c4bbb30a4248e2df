// Package snapshot authenticates in memory: the users and the catalogue as last read, and what a newer save changes of them.
//
// Numbers such as D11 are requirements: see docs/requirements.md.
package snapshot
