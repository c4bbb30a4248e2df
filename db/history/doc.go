// Package history is the record of every save: revisions, each with what became of every object that it changed, chained by
// their heads so that none can be altered unseen. It looks back: the log, past states, what has moved since, and what would
// undo a revision.
//
// Numbers such as R1 are requirements: see docs/requirements.md.
package history
