// Package wire has the JSON shapes of what latchkey is made of: users, roles, drafts, revisions, decisions, requests. The
// command line prints them and the control panel over HTTPS answers with them. They are a written contract, docs/json.md
// and docs/api.md, and no other package's structs: a field is never renamed or removed, only added.
//
// It reads nothing, decides nothing and knows no status: that is for whoever prints or answers.
package wire
