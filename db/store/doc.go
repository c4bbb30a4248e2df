// Package store has the live users, roles and resources as the tables have them: read whole and checked against the digest
// that their save stored, or written. Whatever is read or written here is of the transaction that the caller has begun.
package store
