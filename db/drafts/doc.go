// Package drafts has what operators have edited and not yet saved: their drafts, object by object. It decides nothing: what
// may be staged, and what becomes of it, is package db's.
package drafts
