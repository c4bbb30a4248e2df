// Package backup writes verified copies of a user database, brings one back as a save, and looks for what no save can have
// written.
//
// Numbers such as D11 are requirements: see docs/requirements.md.
package backup
