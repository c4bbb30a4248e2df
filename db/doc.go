// Package db is the user database: users and their rules, each operator's drafts, the save that makes a draft live,
// the record of every save, and the look-up that authenticates a request.
//
// It stores and compares; it decides nothing about what a token or a permission means. Those rules are in packages
// tokens and perms. It knows no command line, no HTTP and no terminal.
//
// The one thing to know about staging: an [Edit] changes either the operator's draft ([DB.Stage]) or the live object
// ([DB.SaveEdit]); [DB.Save] makes drafts live. All three are one immediate transaction each, and a save writes its
// record in the transaction of the change.
//
// What it needs of a storage engine is in package engine. What belongs to SQLite alone (settings, files, error codes) is in
// package sqlite, and only the opening of a database names it.
package db
