// Package tokens holds the rules of an API token: how one is made, read, hashed and compared, and what enabling,
// disabling, regenerating and saving make of a user's [Access].
//
// Everything here is pure: randomness and the time are passed in, nothing is stored, logged or printed. The package
// does not know users, permissions, operators or drafts; it only says what the next [Access] is.
//
// Values are immutable and all functions are safe for concurrent use.
//
// Numbers such as T1 are requirements: see docs/requirements.md.
package tokens
