// Package panel is the control panel: every operation that an operator has, as data, and what each shows. The command line
// and the API over HTTPS are two interfaces to it, and have no rules of their own (requirement C6).
//
// The interface [Panel] can be had over a network: operations and queries are data, with names in and shapes out; long
// lists are iterators; nothing points into a database. Package cmd/panel/local implements it on a database.
//
// The shapes are what JSON shows, on the command line and over HTTPS. They are a written contract, docs/json.md and
// docs/api.md: a field is never renamed or removed, only added.
package panel
