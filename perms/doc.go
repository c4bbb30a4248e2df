// Package perms holds the rules of who may do what: permissions and the patterns that rules name them by, rules and the
// one decision over them, the catalogue of resources with the permission that each request type needs, the control
// panel's own permissions, and the one check that nobody edits themselves or others above what they hold.
//
// Everything here is a pure function of its arguments. The package does not know users, tokens or databases, does not
// read the clock, does no input or output, and does not parse HTTP: its arguments are a method and a decoded path.
//
// Numbers such as T5 are requirements: see docs/requirements.md.
package perms
